package io.foreshock.format.tensorboard;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import io.foreshock.wire.Limits;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The scalars of one record. Text, pictures, histograms, graphs and hyper-parameters are passed over.
 *
 * <p>Source: {@code tensorboard/compat/proto/event.proto} and {@code summary.proto}.
 *
 * @param wallTime epoch seconds
 * @param step as logged
 * @param scalars in the order in which they were logged; at most {@link Limits#MAX_NUMBERS} and one
 */
record Event(double wallTime, long step, List<Scalar> scalars) {
    /** A name and a number. */
    record Scalar(String tag, double value) {}

    private static final int WALL_TIME = tag(1, WireFormat.WIRETYPE_FIXED64);
    private static final int STEP = tag(2, WireFormat.WIRETYPE_VARINT);
    private static final int SUMMARY = tag(5, WireFormat.WIRETYPE_LENGTH_DELIMITED);

    private static final int SUMMARY_VALUE = tag(1, WireFormat.WIRETYPE_LENGTH_DELIMITED);

    private static final int VALUE_TAG = tag(1, WireFormat.WIRETYPE_LENGTH_DELIMITED);
    private static final int VALUE_SIMPLE = tag(2, WireFormat.WIRETYPE_FIXED32);
    private static final int VALUE_TENSOR = tag(8, WireFormat.WIRETYPE_LENGTH_DELIMITED);
    private static final int VALUE_METADATA = tag(9, WireFormat.WIRETYPE_LENGTH_DELIMITED);

    private static final int METADATA_PLUGIN = tag(1, WireFormat.WIRETYPE_LENGTH_DELIMITED);
    private static final int PLUGIN_NAME = tag(1, WireFormat.WIRETYPE_LENGTH_DELIMITED);
    /** The plugin whose tensors are curves. That of hyper-parameters writes a number that means nothing. */
    private static final String SCALARS = "scalars";

    /** @throws IOException when the bytes are no event */
    static Event read(byte[] data) throws IOException {
        CodedInputStream in = CodedInputStream.newInstance(data);
        double wallTime = 0;
        long step = 0;
        List<Scalar> scalars = new ArrayList<>(1);
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            if (tag == WALL_TIME) {
                wallTime = in.readDouble();
            } else if (tag == STEP) {
                step = in.readInt64();
            } else if (tag == SUMMARY) {
                summary(in, scalars);
            } else {
                in.skipField(tag);
            }
        }
        return new Event(wallTime, step, scalars);
    }

    private static void summary(CodedInputStream in, List<Scalar> out) throws IOException {
        int outer = in.pushLimit(in.readRawVarint32());
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            if (tag == SUMMARY_VALUE && out.size() <= Limits.MAX_NUMBERS) {
                Scalar scalar = value(in);
                if (scalar != null) {
                    out.add(scalar);
                }
            } else {
                in.skipField(tag);
            }
        }
        in.popLimit(outer);
    }

    private static @Nullable Scalar value(CodedInputStream in) throws IOException {
        int outer = in.pushLimit(in.readRawVarint32());
        String name = "";
        Double number = null;
        String plugin = "";
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            if (tag == VALUE_TAG) {
                name = in.readString();
            } else if (tag == VALUE_SIMPLE) {
                number = (double) in.readFloat();
            } else if (tag == VALUE_TENSOR) {
                number = Tensor.scalar(in);
            } else if (tag == VALUE_METADATA) {
                plugin = plugin(in);
            } else {
                in.skipField(tag);
            }
        }
        in.popLimit(outer);
        return number == null || !(plugin.isEmpty() || plugin.equals(SCALARS)) ? null : new Scalar(name, number);
    }

    /** The name of the plugin that a value is meant for, or "". */
    private static String plugin(CodedInputStream in) throws IOException {
        String name = "";
        int outer = in.pushLimit(in.readRawVarint32());
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            if (tag != METADATA_PLUGIN) {
                in.skipField(tag);
                continue;
            }
            int metadata = in.pushLimit(in.readRawVarint32());
            for (int inner = in.readTag(); inner != 0; inner = in.readTag()) {
                if (inner == PLUGIN_NAME) {
                    name = in.readString();
                } else {
                    in.skipField(inner);
                }
            }
            in.popLimit(metadata);
        }
        in.popLimit(outer);
        return name;
    }

    private static int tag(int field, int wireType) {
        return field << 3 | wireType;
    }
}
