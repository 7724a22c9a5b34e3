package io.foreshock.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.foreshock.telemetry.Rejected;
import io.foreshock.telemetry.Rejected.Reason;
import io.foreshock.telemetry.RunEnd;
import io.foreshock.telemetry.Signal;
import io.foreshock.telemetry.StepSample;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EventReaderTest {
    private final EventReader reader = new EventReader();

    @Test
    void theEventOfTheWireFormatPage() {
        StepSample sample =
                sample("{\"run\":\"llama-7b-3\",\"step\":1200,\"rank\":2,\"attempt\":1,\"ts\":1763870000123,"
                        + "\"metrics\":{\"loss\":2.31,\"grad_norm\":0.8,\"lr\":3e-4,"
                        + "\"attention_logit_max\":[[11.2,9.8],[14.1,80.3]],\"grad_rms/layer\":[1.1e-5,2.0e-6]}}");

        assertThat(sample)
                .isEqualTo(StepSample.builder("llama-7b-3", 1200)
                        .rank(2)
                        .attempt(1)
                        .ts(1763870000123L)
                        .metric("loss", 2.31)
                        .metric("grad_norm", 0.8)
                        .metric("lr", 3e-4)
                        .metric("attention_logit_max", new double[][] {{11.2, 9.8}, {14.1, 80.3}})
                        .metric("grad_rms/layer", new double[] {1.1e-5, 2.0e-6})
                        .build());
        assertThat(sample.name(0)).isSameAs(Signal.LOSS.key());
    }

    @Test
    void originTravelsWithTheSample() {
        StepSample sample = ok(reader.read(utf8("r"), utf8("{\"step\":0,\"metrics\":{\"loss\":1}}"), 3, 77, 5000));

        assertThat(sample.run()).isEqualTo("r");
        assertThat(sample.partition()).isEqualTo(3);
        assertThat(sample.offset()).isEqualTo(77);
        assertThat(sample.ts()).as("the record's time stands in").isEqualTo(5000);
    }

    @Test
    void ownTimeBeatsTheRecords() {
        assertThat(ok(reader.read(utf8("r"), utf8("{\"step\":0,\"ts\":7}"), 0, 0, 5000))
                        .ts())
                .isEqualTo(7);
    }

    @Test
    void unknownTimeStaysUnknown() {
        assertThat(sample("{\"run\":\"r\",\"step\":0}").ts()).isEqualTo(StepSample.NONE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"NaN", "\"NaN\"", "\"nan\"", "\"NAN\""})
    void nanIsEvidence(String spelling) {
        assertThat(metric(spelling)).isNaN();
        assertThat(StepSample.isAbsent(metric(spelling))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Infinity",
                "\"Infinity\"",
                "\"+Infinity\"",
                "\"inf\"",
                "\"+inf\"",
                "\"Inf\"",
                "1e999999",
                "1e400"
            })
    void infinityIsEvidence(String spelling) {
        assertThat(metric(spelling)).isEqualTo(Double.POSITIVE_INFINITY);
    }

    @ParameterizedTest
    @ValueSource(strings = {"-Infinity", "\"-Infinity\"", "\"-inf\"", "-1e999999"})
    void negativeInfinityToo(String spelling) {
        assertThat(metric(spelling)).isEqualTo(Double.NEGATIVE_INFINITY);
    }

    @Test
    void anIntegerOfFourHundredDigitsIsInfinite() {
        assertThat(metric("9".repeat(400))).isEqualTo(Double.POSITIVE_INFINITY);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"0|0", "-0.0|-0.0", "1|1", "-3|-3", "2.5e-3|0.0025", "1e-400|0", "123456789012|123456789012"})
    void numbers(String text, double value) {
        assertThat(metric(text)).isEqualTo(value);
    }

    @Test
    void nullAndEmptyArraysAreAbsent() {
        StepSample sample =
                sample("{\"run\":\"r\",\"step\":1,\"metrics\":{\"a\":null,\"b\":[],\"c\":[[],[]],\"loss\":1}}");

        assertThat(sample.count()).isOne();
        assertThat(sample.name(0)).isEqualTo("loss");
    }

    @Test
    void nullInsideAnArrayKeepsItsPlace() {
        StepSample sample = sample("{\"run\":\"r\",\"step\":1,\"metrics\":{\"a\":[1,null,3],\"b\":[[null],[2]]}}");

        assertThat(sample.layers(0)).isEqualTo(3);
        assertThat(StepSample.isAbsent(sample.value(0, 1))).isTrue();
        assertThat(sample.value(0, 2)).isEqualTo(3);
        assertThat(sample.layers(1)).isEqualTo(2);
        assertThat(sample.heads(1)).isOne();
        assertThat(StepSample.isAbsent(sample.value(1, 0))).isTrue();
    }

    @Test
    void oneLayerIsNoScalar() {
        StepSample sample = sample("{\"run\":\"r\",\"step\":1,\"metrics\":{\"a\":[5],\"b\":[[5]]}}");

        assertThat(sample.layers(0)).isOne();
        assertThat(sample.heads(0)).isZero();
        assertThat(sample.layers(1)).isOne();
        assertThat(sample.heads(1)).isOne();
    }

    @Test
    void unknownFieldsAreSkippedWhateverTheyHold() {
        StepSample sample =
                sample("{\"host\":{\"a\":[1,{\"b\":\"}\"}]},\"run\":\"r\",\"x\":\"y\",\"step\":4,\"t\":true,"
                        + "\"metrics\":{\"loss\":1},\"z\":[[[[1]]]]}");

        assertThat(sample.step()).isEqualTo(4);
        assertThat(sample.count()).isOne();
    }

    @Test
    void ofAFieldGivenTwiceTheLaterCounts() {
        StepSample sample = sample("{\"run\":\"a\",\"run\":\"r\",\"step\":1,\"metrics\":{\"x\":1},\"step\":2,"
                + "\"metrics\":{\"loss\":1,\"lr\":7,\"loss\":[2,3]}}");

        assertThat(sample.run()).isEqualTo("r");
        assertThat(sample.step()).isEqualTo(2);
        assertThat(sample.count()).isEqualTo(2);
        assertThat(sample.value(sample.find("loss"), 1)).isEqualTo(3);
        assertThat(sample.value(sample.find("lr"), 0)).isEqualTo(7);
    }

    @Test
    void aByteOrderMarkAndSpaceAroundAreFine() {
        assertThat(sample("\uFEFF {\"run\":\"r\",\"step\":3}\r\n ").step()).isEqualTo(3);
    }

    @Test
    void aStepWithoutMetricsIsASignOfLife() {
        assertThat(sample("{\"run\":\"r\",\"step\":3}").count()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"1200,1200", "1200.0,1200", "1.2e3,1200", "0,0", "-0.0,0", "9223372036854775807,9223372036854775807"})
    void stepsThatAreIntegers(String text, long step) {
        assertThat(sample("{\"run\":\"r\",\"step\":" + text + "}").step()).isEqualTo(step);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-1",
                "1.5",
                "\"7\"",
                "true",
                "[1]",
                "{}",
                "NaN",
                "Infinity",
                "9223372036854775808",
                "1e19",
                "1e999",
                "-9223372036854775809"
            })
    void stepsThatAreNot(String step) {
        Rejected rejected = rejected("{\"run\":\"r\",\"step\":" + step + ",\"metrics\":{\"loss\":1}}");

        assertThat(rejected.reason()).isEqualTo(Reason.BAD_STEP);
        assertThat(rejected.detail()).startsWith("step must be an integer >= 0, got ");
        assertThat(rejected.run()).isEqualTo("r");
    }

    @Test
    void stepMissing() {
        assertThat(rejected("{\"run\":\"r\",\"step\":null}").reason()).isEqualTo(Reason.BAD_STEP);
        assertThat(rejected("{\"run\":\"r\",\"metrics\":{\"loss\":1}}").detail())
                .isEqualTo("step is missing; it must be an integer >= 0");
    }

    @Test
    void runComesFromTheBodyTheKeyOrTheFile() {
        String event = "{\"step\":1}";
        assertThat(ok(reader.read(utf8("key"), utf8(event), 0, 0, 0)).run()).isEqualTo("key");
        assertThat(ok(reader.read(utf8(event), 0, event.length(), "file", 1)).run())
                .isEqualTo("file");
        String named = "{\"run\":\"body\",\"step\":1}";
        assertThat(ok(reader.read(null, utf8(named), 0, 0, 0)).run()).isEqualTo("body");
        assertThat(ok(reader.read(new byte[0], utf8(named), 0, 0, 0)).run()).isEqualTo("body");
        assertThat(ok(reader.read(utf8(named), 0, named.length(), "file", 1)).run())
                .as("a file may hold several runs")
                .isEqualTo("body");
    }

    @Test
    void keyAndBodyDisagree() {
        Rejected rejected = no(reader.read(utf8("a"), utf8("{\"run\":\"b\",\"step\":1}"), 0, 9, 0));

        assertThat(rejected.reason()).isEqualTo(Reason.KEY_MISMATCH);
        assertThat(rejected.detail()).isEqualTo("run is \"b\" but the record's key is \"a\"; they must be the same");
        assertThat(rejected.run())
                .as("it is the key's partition that counts it")
                .isEqualTo("a");
        assertThat(rejected.offset()).isEqualTo(9);
    }

    @Test
    void noRunAnywhere() {
        assertThat(rejected("{\"step\":1}").reason()).isEqualTo(Reason.NO_RUN);
        assertThat(rejected("{\"run\":\"\",\"step\":1}").reason()).isEqualTo(Reason.NO_RUN);
        assertThat(rejected("{\"run\":\" \",\"step\":1}").reason()).isEqualTo(Reason.NO_RUN);
        assertThat(no(reader.read(new byte[] {(byte) 0xff}, utf8("{\"step\":1}"), 0, 0, 0))
                        .reason())
                .isEqualTo(Reason.NO_RUN);
        assertThat(rejected("{\"run\":\"" + "x".repeat(257) + "\",\"step\":1}").detail())
                .startsWith("run must have at most 256 characters, got \"xxx")
                .hasSizeLessThan(200);
        assertThat(sample("{\"run\":\"" + "x".repeat(256) + "\",\"step\":1}").run())
                .hasSize(256);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\\u0000b", "a\\nb", "\\ud800", "\\udc00x"})
    void runsThatCannotBePrinted(String run) {
        Rejected rejected = rejected("{\"run\":\"" + run + "\",\"step\":1}");
        assertThat(rejected.reason()).isEqualTo(Reason.BAD_FIELD);
        assertThat(rejected.detail()).doesNotContain("\n").doesNotContain("\0");
    }

    @Test
    void anEmojiIsAFineRun() {
        assertThat(sample("{\"run\":\"lauf-ü-\\ud83d\\ude80\",\"step\":1}").run())
                .isEqualTo("lauf-ü-🚀");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"run\":7|run must be a string, got 7",
                "\"run\":[\"r\"]|run must be a string, got an array",
                "\"run\":\"r\",\"rank\":-1|rank must be an integer from 0 to 1048575, got -1",
                "\"run\":\"r\",\"rank\":1048576|rank must be an integer from 0 to 1048575, got 1048576",
                "\"run\":\"r\",\"rank\":\"0\"|rank must be an integer from 0 to 1048575, got \"0\"",
                "\"run\":\"r\",\"attempt\":1000000|attempt must be an integer from 0 to 999999, got 1000000",
                "\"run\":\"r\",\"ts\":-1|ts must be epoch milliseconds from 0 to 4102444799999, got -1",
                "\"run\":\"r\",\"ts\":1763870000123000|ts must be epoch milliseconds from 0 to 4102444799999, got 1763870000123000",
                "\"run\":\"r\",\"ts\":1763870000|ts must be epoch milliseconds, this looks like seconds, got 1763870000",
                "\"run\":\"r\",\"ts\":1763870000.5|ts must be epoch milliseconds, this looks like seconds, got 1763870000.5",
                "\"run\":\"r\",\"ts\":\"now\"|ts must be epoch milliseconds from 0 to 4102444799999, got \"now\"",
                "\"run\":\"r\",\"ts\":NaN|ts must be epoch milliseconds from 0 to 4102444799999, got NaN",
                "\"run\":\"r\",\"end\":\"done\"|end must be \"finished\", \"failed\" or \"stopped\", got \"done\"",
                "\"run\":\"r\",\"end\":true|end must be \"finished\", \"failed\" or \"stopped\", got true",
                "\"run\":\"r\",\"metrics\":[1]|metrics must be an object of names and numbers, got an array",
                "\"run\":\"r\",\"metrics\":3|metrics must be an object of names and numbers, got 3"
            })
    void fieldsOutOfRange(String fields, String detail) {
        Rejected rejected = rejected("{" + fields + ",\"step\":1}");

        assertThat(rejected.reason()).isEqualTo(Reason.BAD_FIELD);
        assertThat(rejected.detail()).isEqualTo(detail);
    }

    @Test
    void aFractionOfAMillisecondIsDropped() {
        assertThat(sample("{\"run\":\"r\",\"step\":1,\"ts\":1763870000123.456}").ts())
                .isEqualTo(1763870000123L);
    }

    @ParameterizedTest
    @CsvSource({"finished,FINISHED", "Failed,FAILED", "STOPPED,STOPPED"})
    void ends(String text, RunEnd end) {
        assertThat(sample("{\"run\":\"r\",\"end\":\"" + text + "\"}"))
                .isEqualTo(StepSample.end("r", 0, end, StepSample.NONE));
    }

    @Test
    void anEndKeepsItsStepAndMetrics() {
        StepSample sample =
                sample("{\"run\":\"r\",\"attempt\":2,\"step\":9,\"end\":\"failed\",\"metrics\":{\"loss\":\"NaN\"}}");

        assertThat(sample.end()).isEqualTo(RunEnd.FAILED);
        assertThat(sample.step()).isEqualTo(9);
        assertThat(sample.attempt()).isEqualTo(2);
        assertThat(sample.value(0, 0)).isNaN();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "true|BAD_METRIC|must be a number, an array or an array of arrays, got true; send 1 or 0",
                "\"2.3\"|BAD_METRIC|must be a number, an array or an array of arrays, got \"2.3\"; send numbers without quotes",
                "{\"x\":1}|BAD_METRIC|got an object; send each series under a name of its own, such as \"m/part\"",
                "[1,[2]]|BAD_METRIC|mixes arrays and an array",
                "[[1],2]|BAD_METRIC|mixes arrays and 2",
                "[[1],null]|BAD_METRIC|mixes arrays and null",
                "[[1,2],[3]]|BAD_METRIC|has 2 heads in layer 0 and 1 in layer 1",
                "[[],[3]]|BAD_METRIC|has 0 heads in layer 0 and 1 in layer 1",
                "[[[1]]]|TOO_DEEP|is nested deeper than layers and heads",
                "[1,\"x\"]|BAD_METRIC|got \"x\"",
                "[{}]|BAD_METRIC|got an object"
            })
    void metricsThatAreNoNumbers(String value, Reason reason, String detail) {
        Rejected rejected = rejected("{\"run\":\"r\",\"step\":1,\"metrics\":{\"m\":" + value + "}}");

        assertThat(rejected.detail()).startsWith("metric \"m\" ").contains(detail);
        assertThat(rejected.reason()).isEqualTo(reason);
    }

    @Test
    void metricNamesHaveLimits() {
        assertThat(rejected("{\"run\":\"r\",\"step\":1,\"metrics\":{\"\":1}}").reason())
                .isEqualTo(Reason.BAD_METRIC);
        assertThat(rejected("{\"run\":\"r\",\"step\":1,\"metrics\":{\"" + "m".repeat(257) + "\":1}}")
                        .reason())
                .isEqualTo(Reason.BAD_METRIC);
        assertThat(rejected("{\"run\":\"r\",\"step\":1,\"metrics\":{\"a\\u0007\":1}}")
                        .detail())
                .contains("\"a\\u0007\"");
        assertThat(sample("{\"run\":\"r\",\"step\":1,\"metrics\":{\"" + "m".repeat(256) + "\":1}}")
                        .count())
                .isOne();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "  ",
                "null",
                "7",
                "[]",
                "\"x\"",
                "{",
                "{\"run\":\"r\",\"step\":1",
                "{\"run\":\"r\",\"step\":1,\"metrics\":{\"loss\":1",
                "{\"run\":\"r\",\"step\":1,\"metrics\":{\"a\":[1,2",
                "{\"run\":\"r\",\"step\":1}}",
                "{\"run\":\"r\",\"step\":1}{\"run\":\"r\",\"step\":2}",
                "{\"run\":\"r\",\"step\":1} x",
                "{run:1}",
                "{'run':'r','step':1}",
                "{\"run\":\"r\",\"step\":01}",
                "{\"run\":\"r\",\"step\":1,}",
                "{\"run\":\"r\" \"step\":1}",
                "{\"run\":\"a\nb\",\"step\":1}",
                "{\"run\":\"r\",\"step\":1,\"metrics\":{\"loss\":nan}}"
            })
    void notJson(String text) {
        Rejected rejected = rejected(text);

        assertThat(rejected.reason()).isEqualTo(Reason.NOT_JSON);
        assertThat(rejected.detail()).isNotBlank().doesNotContain("\n").hasSizeLessThan(300);
        assertThat(rejected.raw()).isEqualTo(utf8(text));
    }

    @Test
    void aTombstoneIsAnEmptyEvent() {
        assertThat(no(reader.read(utf8("r"), null, 0, 0, 0)).detail())
                .isEqualTo("the event is empty; send a JSON object");
    }

    @Test
    void otherEncodingsAreRefused() {
        String event = "{\"run\":\"r\",\"step\":1}";
        for (String charset : new String[] {"UTF-16", "UTF-16LE", "UTF-16BE", "UTF-32", "UTF-32LE", "UTF-32BE"}) {
            byte[] bytes = event.getBytes(java.nio.charset.Charset.forName(charset));
            assertThat(no(reader.read(null, bytes, 0, 0, 0)).reason())
                    .as(charset)
                    .isEqualTo(Reason.NOT_JSON);
        }
        byte[] latin = "{\"run\":\"r\u00e9s\",\"step\":1}".getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
        assertThat(no(reader.read(null, latin, 0, 0, 0)).reason()).isEqualTo(Reason.NOT_JSON);
    }

    @Test
    void depthIsLimitedEvenWhereNobodyLooks() {
        Rejected rejected = rejected("{\"run\":\"r\",\"step\":1,\"x\":" + "[".repeat(70) + "]".repeat(70) + "}");

        assertThat(rejected.reason()).isEqualTo(Reason.TOO_DEEP);
        assertThat(rejected.detail()).isEqualTo("the event is nested deeper than 64 levels");
    }

    @Test
    void sizeIsLimited() {
        String start = "{\"run\":\"r\",\"step\":1,\"x\":\"";
        String fits = start + "x".repeat(Limits.MAX_EVENT_BYTES - start.length() - 2) + "\"}";
        assertThat(sample(fits).step()).isOne();

        Rejected rejected = rejected(fits + " ");
        assertThat(rejected.reason()).isEqualTo(Reason.TOO_LARGE);
        assertThat(rejected.raw()).hasSize(Rejected.RAW_LIMIT);
    }

    @Test
    void seriesAreLimited() {
        assertThat(sample(manyMetrics(Limits.MAX_METRICS)).count()).isEqualTo(Limits.MAX_METRICS);
        assertThat(rejected(manyMetrics(Limits.MAX_METRICS + 1)).reason()).isEqualTo(Reason.TOO_MANY_SERIES);

        String full = "{\"run\":\"r\",\"step\":1,\"metrics\":{\"m\":[" + "1,".repeat(Limits.MAX_NUMBERS - 1) + "1]";
        assertThat(sample(full + "}}").size(0)).isEqualTo(Limits.MAX_NUMBERS);
        assertThat(rejected(full + ",\"n\":1}}").reason()).isEqualTo(Reason.TOO_MANY_SERIES);
    }

    @Test
    void numbersOfAThousandCharactersAreTooLong() {
        String digits = "1".repeat(1001);
        assertThat(rejected("{\"run\":\"r\",\"step\":" + digits + "}").reason()).isEqualTo(Reason.BAD_STEP);
        Rejected rejected = rejected("{\"run\":\"r\",\"step\":1,\"metrics\":{\"m\":" + digits + "}}");
        assertThat(rejected.reason()).isEqualTo(Reason.BAD_METRIC);
        assertThat(rejected.detail())
                .isEqualTo("metric \"m\" has a number of more than 1000 characters; send a double");
    }

    @Test
    void oneBadEventLeavesTheNextAlone() {
        rejected("{\"run\":\"r\",\"step\":1,\"rank\":5,\"attempt\":2,\"ts\":9,\"metrics\":{\"a\":1,\"b\":[1,[");

        assertThat(sample("{\"run\":\"r\",\"step\":2,\"metrics\":{\"loss\":1}}"))
                .isEqualTo(StepSample.builder("r", 2).metric("loss", 1).build());
    }

    @Test
    void samplesDoNotShareNumbers() {
        StepSample first = sample("{\"run\":\"r\",\"step\":1,\"metrics\":{\"loss\":1,\"lr\":2}}");
        sample("{\"run\":\"r\",\"step\":2,\"metrics\":{\"loss\":3,\"lr\":4}}");

        assertThat(first.value(0, 0)).isEqualTo(1);
        assertThat(first.value(1, 0)).isEqualTo(2);
    }

    private double metric(String value) {
        return sample("{\"run\":\"r\",\"step\":1,\"metrics\":{\"m\":" + value + "}}")
                .value(0, 0);
    }

    private static String manyMetrics(int count) {
        return "{\"run\":\"r\",\"step\":1,\"metrics\":{"
                + IntStream.range(0, count).mapToObj(i -> "\"m" + i + "\":1").collect(Collectors.joining(","))
                + "}}";
    }

    private StepSample sample(String event) {
        return ok(reader.read(null, utf8(event), 0, 0, StepSample.NONE));
    }

    private Rejected rejected(String event) {
        return no(reader.read(null, utf8(event), 0, 0, StepSample.NONE));
    }

    private static StepSample ok(Parsed parsed) {
        assertThat(parsed).isInstanceOf(Parsed.Sample.class);
        return ((Parsed.Sample) parsed).sample();
    }

    private static Rejected no(Parsed parsed) {
        assertThat(parsed).isInstanceOf(Parsed.Refused.class);
        return ((Parsed.Refused) parsed).rejected();
    }

    private static byte[] utf8(String text) {
        return text.getBytes(UTF_8);
    }
}
