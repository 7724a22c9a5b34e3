package io.foreshock.gateway;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.WireFormat;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import java.io.IOException;

/**
 * Memory that reading an export takes, told from its bytes before it is read: an empty data point is two bytes on the wire and a
 * hundred in memory, so that a small body could fill it.
 */
final class OtlpCost {
    /** A message with its place in a list, or a value of JSON with the tree around it. */
    private static final int PART_BYTES = 150;

    /** Packed numbers: a byte on the wire, eight in memory. */
    private static final int WIDENED = 8;

    /** As deep as protobuf itself reads. */
    private static final int MAX_DEPTH = 100;

    private OtlpCost() {}

    /** Counts what opens or follows a value. Those inside texts count as well: they are few. */
    static long ofJson(byte[] body) {
        long parts = 0;
        for (byte b : body) {
            if (b == ',' || b == '{' || b == '[') {
                parts++;
            }
        }
        return PART_BYTES * parts + (long) WIDENED * body.length;
    }

    /** @throws IOException if it is no protobuf */
    static long ofProtobuf(byte[] body) throws IOException {
        long parts =
                messages(CodedInputStream.newInstance(body), ExportMetricsServiceRequest.getDescriptor(), MAX_DEPTH);
        return PART_BYTES * parts + (long) WIDENED * body.length;
    }

    private static long messages(CodedInputStream in, Descriptor type, int depth) throws IOException {
        long count = 0;
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            FieldDescriptor field = type.findFieldByNumber(WireFormat.getTagFieldNumber(tag));
            if (field != null
                    && field.getJavaType() == FieldDescriptor.JavaType.MESSAGE
                    && WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED
                    && depth > 0) {
                int outer = in.pushLimit(in.readRawVarint32());
                count += 1 + messages(in, field.getMessageType(), depth - 1);
                in.popLimit(outer);
            } else {
                in.skipField(tag);
            }
        }
        return count;
    }
}
