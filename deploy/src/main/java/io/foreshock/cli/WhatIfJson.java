package io.foreshock.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import io.foreshock.incident.Incident;
import io.foreshock.replay.WhatIf;
import io.foreshock.wire.IncidentJson;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** What other settings would have said, for programs: incidents as in the alert contract, in their last state. */
final class WhatIfJson {
    private WhatIfJson() {}

    /** Fills in {@code compared}. */
    static void of(List<WhatIf> runs, ObjectNode out) {
        long appeared = 0;
        long vanished = 0;
        long moved = 0;
        long unmoved = 0;
        ArrayNode each = out.putArray("runs");
        for (WhatIf run : runs) {
            ObjectNode one = each.addObject().put("run", run.run());
            one.put("first_warning", run.ourFirst());
            one.put("first_warning_compared", run.theirFirst());
            one.put("gained_lead", run.gainedLead());
            incidents(one.putArray("appeared"), run.appeared());
            incidents(one.putArray("vanished"), run.vanished());
            ArrayNode pairs = one.putArray("moved");
            for (WhatIf.Pair pair : run.moved()) {
                ObjectNode both = pairs.addObject().put("sooner", pair.sooner());
                both.putRawValue("ours", raw(pair.ours()));
                both.putRawValue("theirs", raw(pair.theirs()));
            }
            appeared += run.appeared().size();
            vanished += run.vanished().size();
            moved += run.moved().size();
            unmoved += run.pairs().size() - run.moved().size();
        }
        out.put("appeared", appeared)
                .put("vanished", vanished)
                .put("moved", moved)
                .put("as_before", unmoved);
    }

    private static void incidents(ArrayNode out, List<Incident> incidents) {
        incidents.forEach(incident -> out.addRawValue(raw(incident)));
    }

    private static RawValue raw(Incident incident) {
        return new RawValue(new String(IncidentJson.write(incident), StandardCharsets.UTF_8));
    }
}
