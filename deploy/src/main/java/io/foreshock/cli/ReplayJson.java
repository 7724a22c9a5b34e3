package io.foreshock.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import io.foreshock.detect.Severity;
import io.foreshock.incident.Incident;
import io.foreshock.replay.JudgedFile;
import io.foreshock.replay.JudgedRun;
import io.foreshock.replay.WhatIf;
import io.foreshock.telemetry.RunEnd;
import io.foreshock.wire.IncidentJson;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/** A replay for programs: incidents as in the alert contract, in their last state. */
final class ReplayJson {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private ReplayJson() {}

    /** @param compared what other settings would have said, empty where nobody asked */
    static String of(List<JudgedFile> files, List<WhatIf> compared) {
        ObjectNode root = MAPPER.createObjectNode();
        var runs = root.putArray("runs");
        var failures = root.putArray("failures");
        long rejected = 0;
        for (JudgedFile file : files) {
            rejected += file.rejected();
            file.runs().forEach(run -> run(runs.addObject(), file, run));
            if (file.failure() != null) {
                failures.add(file.failure());
            }
        }
        root.put("rejected", rejected);
        if (!compared.isEmpty()) {
            WhatIfJson.of(compared, root.putObject("compared"));
        }
        return root.toString();
    }

    private static void run(ObjectNode out, JudgedFile file, JudgedRun run) {
        out.put("run", run.run());
        out.put("file", file.file().shown());
        out.put("rows", run.rows());
        out.put("last_step", run.lastStep());
        RunEnd end = run.end();
        out.put("end", end == null ? null : end.name().toLowerCase(Locale.ROOT));
        out.putNull("first_trouble");
        List<Incident> incidents = run.incidents();
        for (Severity severity : Severity.values()) {
            out.put(
                    severity.name().toLowerCase(Locale.ROOT),
                    incidents.stream().filter(i -> i.severity() == severity).count());
        }
        run.changes().stream()
                .filter(change -> change.status() == Incident.Status.OPEN && change.severity() != Severity.INFO)
                .findFirst()
                .ifPresent(first -> out.putObject("first_trouble")
                        .put("step", first.detectedStep())
                        .put("signature", first.signature())
                        .put("summary", first.summary()));
        var array = out.putArray("incidents");
        for (Incident incident : incidents) {
            array.addRawValue(new RawValue(new String(IncidentJson.write(incident), StandardCharsets.UTF_8)));
        }
        ObjectNode unjudged = out.putObject("not_evaluable");
        run.unjudged().forEach((slug, missing) -> missing.forEach(unjudged.putArray(slug)::add));
    }
}
