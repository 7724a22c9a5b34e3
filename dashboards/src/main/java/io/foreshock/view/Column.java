package io.foreshock.view;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;

/**
 * Many numbers as a JSON value: {@code {"type":"f4","count":1000,"data":"…"}}. {@code data} is base64 of zlib of the numbers in
 * little endian, {@code f4} and {@code f8} floating point, {@code u1} bytes; all first bytes stand before all second ones, and so
 * on, because neighbouring numbers differ least in their high bytes.
 */
final class Column {
    private Column() {}

    /** Numbers in four bytes each, where none of them is beyond their range; else in eight. */
    static void numbers(double[] numbers, JsonGenerator out) throws IOException {
        boolean fits = true;
        for (double number : numbers) {
            fits &= fits(number);
        }
        if (fits) {
            write("f4", numbers.length, Float.BYTES, singles(numbers), out);
        } else {
            exact(numbers, out);
        }
    }

    /** Numbers in eight bytes each. */
    static void exact(double[] numbers, JsonGenerator out) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(numbers.length * Double.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (double number : numbers) {
            bytes.putDouble(number);
        }
        write("f8", numbers.length, Double.BYTES, bytes.array(), out);
    }

    static void bytes(byte[] bytes, JsonGenerator out) throws IOException {
        write("u1", bytes.length, 1, bytes, out);
    }

    /** A number that is neither infinite nor gone as a float. */
    private static boolean fits(double number) {
        return !Double.isFinite(number)
                || number == 0
                || (Math.abs(number) <= Float.MAX_VALUE && Math.abs(number) >= Float.MIN_NORMAL);
    }

    private static byte[] singles(double[] numbers) {
        ByteBuffer bytes = ByteBuffer.allocate(numbers.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (double number : numbers) {
            bytes.putFloat((float) number);
        }
        return bytes.array();
    }

    private static void write(String type, int count, int size, byte[] bytes, JsonGenerator out) throws IOException {
        out.writeStartObject();
        out.writeStringField("type", type);
        out.writeNumberField("count", count);
        byte[] sorted = new byte[bytes.length];
        for (int i = 0; i < count; i++) {
            for (int b = 0; b < size; b++) {
                sorted[b * count + i] = bytes[i * size + b];
            }
        }
        out.writeBinaryField("data", deflated(sorted));
        out.writeEndObject();
    }

    private static byte[] deflated(byte[] bytes) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream(bytes.length / 2 + 64);
        Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION);
        try (DeflaterOutputStream out = new DeflaterOutputStream(packed, deflater)) {
            out.write(bytes);
        } finally {
            deflater.end();
        }
        return packed.toByteArray();
    }
}
