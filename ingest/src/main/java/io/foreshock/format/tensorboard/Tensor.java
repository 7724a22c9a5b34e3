package io.foreshock.format.tensorboard;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * A tensor of one floating-point number, which is how TensorFlow 2 and {@code tensorboard.summary} write a scalar: in the
 * field of its type, or as bytes.
 *
 * <p>Source: {@code tensorboard/compat/proto/tensor.proto} and {@code types.proto}.
 */
final class Tensor {
    private static final int DT_FLOAT = 1;
    private static final int DT_DOUBLE = 2;
    private static final int DT_HALF = 19;

    private static final int TYPE = 1;
    private static final int CONTENT = 4;
    private static final int FLOATS = 5;
    private static final int DOUBLES = 6;
    private static final int HALVES = 13;

    private Tensor() {}

    /** Reads the tensor that begins with its length here; null if it is not one number. */
    static @Nullable Double scalar(CodedInputStream in) throws IOException {
        int type = 0;
        ByteBuffer content = ByteBuffer.allocate(0);
        int numbers = 0;
        double number = 0;
        int outer = in.pushLimit(in.readRawVarint32());
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            int field = WireFormat.getTagFieldNumber(tag);
            boolean packed = WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED;
            if (field == TYPE && !packed) {
                type = in.readEnum();
            } else if (field == CONTENT && packed) {
                content = in.readByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
            } else if (field == FLOATS || field == DOUBLES || field == HALVES) {
                int before = packed ? in.pushLimit(in.readRawVarint32()) : 0;
                boolean more = !packed || !in.isAtEnd();
                while (more) {
                    number = number(in, field);
                    numbers++;
                    more = packed && !in.isAtEnd();
                }
                if (packed) {
                    in.popLimit(before);
                }
            } else {
                in.skipField(tag);
            }
        }
        in.popLimit(outer);
        if (numbers > 0) {
            return numbers == 1 ? number : null;
        }
        return switch (type) {
            case DT_FLOAT -> content.remaining() == Float.BYTES ? (double) content.getFloat() : null;
            case DT_DOUBLE -> content.remaining() == Double.BYTES ? content.getDouble() : null;
            case DT_HALF -> content.remaining() == Short.BYTES ? half(content.getShort()) : null;
            default -> null;
        };
    }

    private static double number(CodedInputStream in, int field) throws IOException {
        return switch (field) {
            case FLOATS -> in.readFloat();
            case DOUBLES -> in.readDouble();
            default -> half((short) in.readInt32());
        };
    }

    /** The value of an IEEE 754 number of 16 bits: a sign, five bits of exponent, ten of fraction. */
    static double half(short bits) {
        int exponent = bits >> 10 & 0x1f;
        int fraction = bits & 0x3ff;
        double magnitude;
        if (exponent == 0x1f) {
            magnitude = fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN;
        } else if (exponent == 0) {
            magnitude = Math.scalb((double) fraction, -24);
        } else {
            magnitude = Math.scalb((double) (fraction | 0x400), exponent - 25);
        }
        return bits < 0 ? -magnitude : magnitude;
    }
}
