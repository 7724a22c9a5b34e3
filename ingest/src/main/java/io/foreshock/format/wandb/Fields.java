package io.foreshock.format.wandb;

import com.google.protobuf.CodedInputStream;
import java.io.IOException;

/**
 * The fields that are read of {@code wandb_internal.proto}, each as its tag: number times eight plus wire type. The numbers
 * are those of 0.16.6, 0.18.7 and 0.31.0.
 */
final class Fields {
    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int MESSAGE = 2;

    /** {@code Record}: one of these, or what is passed over. */
    static final int RECORD_HISTORY = 2 << 3 | MESSAGE;

    static final int RECORD_METRIC = 12 << 3 | MESSAGE;
    static final int RECORD_RUN = 17 << 3 | MESSAGE;
    static final int RECORD_EXIT = 18 << 3 | MESSAGE;

    static final int HISTORY_ITEM = 1 << 3 | MESSAGE;
    static final int HISTORY_STEP = 2 << 3 | MESSAGE;
    static final int STEP_NUM = 1 << 3 | VARINT;

    static final int ITEM_KEY = 1 << 3 | MESSAGE;
    static final int ITEM_NESTED_KEY = 2 << 3 | MESSAGE;
    /** Since 0.31, where asked for; sint64. */
    static final int ITEM_INTEGER = 5 << 3 | VARINT;

    static final int ITEM_NUMBER = 6 << 3 | FIXED64;
    static final int ITEM_JSON = 8 << 3 | MESSAGE;
    static final int ITEM_VALUE_JSON = 16 << 3 | MESSAGE;

    static final int METRIC_STEP_METRIC = 4 << 3 | MESSAGE;

    static final int RUN_ID = 1 << 3 | MESSAGE;
    static final int RUN_DISPLAY_NAME = 8 << 3 | MESSAGE;

    static final int EXIT_CODE = 1 << 3 | VARINT;
    static final int EXIT_NOT_COMPLETE = 3 << 3 | VARINT;

    private Fields() {}

    /** The integer under this tag in the message that begins with its length here; 0 if it has none. */
    static long number(CodedInputStream in, int wanted) throws IOException {
        long number = 0;
        int outer = in.pushLimit(in.readRawVarint32());
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            if (tag == wanted) {
                number = in.readInt64();
            } else {
                in.skipField(tag);
            }
        }
        in.popLimit(outer);
        return number;
    }

    /** The text under this tag in the message that begins with its length here; "" if it has none. */
    static String text(CodedInputStream in, int wanted) throws IOException {
        String text = "";
        int outer = in.pushLimit(in.readRawVarint32());
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            if (tag == wanted) {
                text = in.readString();
            } else {
                in.skipField(tag);
            }
        }
        in.popLimit(outer);
        return text;
    }
}
