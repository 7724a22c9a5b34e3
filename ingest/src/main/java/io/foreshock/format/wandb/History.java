package io.foreshock.format.wandb;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.google.protobuf.CodedInputStream;
import io.foreshock.wire.Excerpt;
import io.foreshock.wire.Limits;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one call of {@code wandb.log} logged: the numbers, those inside dicts under {@code outer.inner} as wandb shows
 * them. Text, truth values, lists, histograms, pictures and tables are passed over.
 *
 * <p>Older writers give a dict as one item of JSON, newer ones give each of its leaves a path; a media object is a dict
 * that has a {@code _type}.
 *
 * <p>Source: {@code HistoryRecord} in wandb's {@code wandb_internal.proto}.
 */
final class History {
    /** A name and a number. */
    record Item(String name, double value) {}

    private static final String TYPE = "_type";

    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(Limits.MAX_DEPTH)
                    .maxNumberLength(Limits.MAX_NUMBER_CHARS)
                    .build())
            // Python's json writes NaN and Infinity so, and wandb keeps them.
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .build();

    private final List<Item> items = new ArrayList<>();
    private final List<String> faults = new ArrayList<>();
    /** With a dot at the end, the paths of what is a media object. */
    private final List<String> media = new ArrayList<>();

    private long step;

    private History() {}

    /**
     * Reads the message that begins with its length here.
     *
     * @throws IOException when it is none
     */
    static History read(CodedInputStream in) throws IOException {
        History history = new History();
        int outer = in.pushLimit(in.readRawVarint32());
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (tag) {
                case Fields.HISTORY_ITEM -> history.item(in);
                case Fields.HISTORY_STEP -> history.step = Fields.number(in, Fields.STEP_NUM);
                default -> in.skipField(tag);
            }
        }
        in.popLimit(outer);
        if (!history.media.isEmpty()) {
            history.items.removeIf(item -> history.media.stream().anyMatch(item.name()::startsWith));
        }
        return history;
    }

    /** The step that wandb counts, or was given. Version 0.16 writes a given one only beside the metrics. */
    long step() {
        long beside = count("_step");
        return beside >= 0 ? beside : step;
    }

    /** The last number under this name as a count; -1 if it is none. */
    long count(String name) {
        double value = last(name);
        return value >= 0 && value < 0x1p63 && value == Math.rint(value) ? (long) value : -1;
    }

    /** In the order in which they were logged; at most {@link Limits#MAX_NUMBERS} and those of one item. */
    List<Item> items() {
        return items;
    }

    /** What could not be read, a sentence each. */
    List<String> faults() {
        return faults;
    }

    /** The last number under this name, or NaN. */
    double last(String name) {
        double value = Double.NaN;
        for (Item item : items) {
            if (item.name().equals(name)) {
                value = item.value();
            }
        }
        return value;
    }

    private void item(CodedInputStream in) throws IOException {
        String key = "";
        StringBuilder path = new StringBuilder();
        boolean isType = false;
        Double number = null;
        String json = null;
        int outer = in.pushLimit(in.readRawVarint32());
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (tag) {
                case Fields.ITEM_KEY -> key = in.readString();
                case Fields.ITEM_NESTED_KEY -> {
                    String part = in.readString();
                    isType = path.length() > 0 && part.equals(TYPE);
                    path.append(path.length() == 0 ? "" : ".").append(part);
                }
                case Fields.ITEM_INTEGER -> number = (double) in.readSInt64();
                case Fields.ITEM_NUMBER -> number = in.readDouble();
                case Fields.ITEM_JSON, Fields.ITEM_VALUE_JSON -> json = in.readString();
                default -> in.skipField(tag);
            }
        }
        in.popLimit(outer);
        String name = path.length() == 0 ? key : path.toString();
        if (isType) {
            media.add(name.substring(0, name.length() - TYPE.length()));
        } else if (items.size() > Limits.MAX_NUMBERS) {
            return;
        } else if (number != null) {
            items.add(new Item(name, number));
        } else if (json != null) {
            parse(name, json);
        }
    }

    private void parse(String name, String json) {
        try (JsonParser parser = JSON.createParser(json)) {
            value(name, parser, parser.nextToken());
        } catch (JacksonException e) {
            faults.add(
                    "the value of " + Excerpt.quote(name) + " is no JSON: " + Excerpt.sentence(e.getOriginalMessage()));
        } catch (IOException e) {
            throw new IllegalStateException("text in memory cannot fail to be read", e);
        }
    }

    private void value(String name, JsonParser parser, @Nullable JsonToken token) throws IOException {
        if (token == JsonToken.VALUE_NUMBER_INT || token == JsonToken.VALUE_NUMBER_FLOAT) {
            items.add(new Item(name, parser.getDoubleValue()));
        } else if (token == JsonToken.START_OBJECT) {
            dict(name, parser);
        } else {
            parser.skipChildren();
        }
    }

    private void dict(String name, JsonParser parser) throws IOException {
        int before = items.size();
        boolean isMedia = false;
        for (String field = parser.nextFieldName(); field != null; field = parser.nextFieldName()) {
            isMedia |= field.equals(TYPE);
            value(name + "." + field, parser, parser.nextToken());
        }
        if (isMedia) {
            items.subList(before, items.size()).clear();
        }
    }
}
