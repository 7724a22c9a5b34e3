package io.foreshock.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.foreshock.detect.Severity;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class ArchiveTest {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    private Archive reading() throws IOException {
        return Archive.reading(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));
    }

    @Property(tries = 200)
    void everyNumberAndTextComesBackBitByBit(
            @ForAll double real, @ForAll long whole, @ForAll int count, @ForAll boolean flag, @ForAll double[] reals)
            throws IOException {
        bytes.reset();
        Archive writing = Archive.writing(new DataOutputStream(bytes));
        writing.real(real);
        writing.whole(whole);
        writing.count(count);
        writing.flag(flag);
        writing.reals(reals);
        Archive reading = reading();

        assertThat(Double.doubleToRawLongBits(reading.real(0))).isEqualTo(Double.doubleToRawLongBits(real));
        assertThat(reading.whole(0)).isEqualTo(whole);
        assertThat(reading.count(0)).isEqualTo(count);
        assertThat(reading.flag(false)).isEqualTo(flag);
        assertThat(reading.reals(new double[3])).isEqualTo(reals);
    }

    @Test
    void nanKeepsItsPayloadBecauseAbsentIsOne() throws IOException {
        double absent = Double.longBitsToDouble(0x7ff8_0000_00ab_5e17L);
        Archive.writing(new DataOutputStream(bytes)).real(absent);

        assertThat(Double.doubleToRawLongBits(reading().real(0))).isEqualTo(0x7ff8_0000_00ab_5e17L);
    }

    @Test
    void textsMayBeLongForeignOrMissing() throws IOException {
        String longer = "Größe→".repeat(20_000);
        Archive writing = Archive.writing(new DataOutputStream(bytes));
        writing.text(longer);
        writing.text(null);
        writing.text("");
        Archive reading = reading();

        assertThat(reading.text(null)).isEqualTo(longer);
        assertThat(reading.text("x")).isNull();
        assertThat(reading.text("x")).isEmpty();
    }

    @Test
    void missingTextWhereOneIsRequiredIsRefused() throws IOException {
        Archive.writing(new DataOutputStream(bytes)).text(null);
        Archive reading = reading();

        assertThatThrownBy(() -> reading.word(""))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("lacks a text");
    }

    @Test
    void unknownConstantIsRefusedByName() throws IOException {
        Archive.writing(new DataOutputStream(bytes)).word("CATASTROPHIC");
        Archive reading = reading();

        assertThatThrownBy(() -> reading.constant(Severity.INFO, Severity.values()))
                .hasMessage("state names the unknown constant CATASTROPHIC");
    }

    @Test
    void damagedLengthIsRefusedBeforeItTakesAllMemory() throws IOException {
        Archive writing = Archive.writing(new DataOutputStream(bytes));
        writing.count(Integer.MAX_VALUE);
        writing.count(-7);
        Archive reading = reading();

        assertThatThrownBy(() -> reading.reals(new double[0]))
                .hasMessage("state is damaged: it claims an array of 2147483647 elements");
        assertThatThrownBy(() -> reading.text("")).hasMessage("state is damaged: it claims an array of -7 elements");
    }
}
