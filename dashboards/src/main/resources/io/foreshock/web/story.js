/* What happened to a run, in words: its verdict, its stories, what another configuration says. Part of view.js. */
(function (parts) {
  "use strict";

  const {step, count, title, capital, inSentence} = parts;

  /** Signatures that are no sign of trouble ahead but the trouble itself. */
  const HARM = ["loss_spike", "loss_divergence", "non_finite"];

  function serious(run) {
    return run.incidents.filter(i => i.severity !== "info");
  }

  /** The run in a sentence, and how bad it is. */
  function verdict(run, state) {
    const trouble = serious(run).sort((a, b) => a.detected_step - b.detected_step);
    const name = i => inSentence(title(run, i.signature));
    const how = run.end === "failed" ? "The run failed at step " + step(run.last()) + "."
      : run.end === "finished" ? "It finished after " + count(run.rows, "step") + "."
        : run.end === "stopped" ? "It was stopped at step " + step(run.last()) + "."
          : state || "The log ends at step " + step(run.last()) + ".";
    if (!run.rows) return {grade: "info", sentence: "No step of this run has been seen yet.", how};
    if (!trouble.length) {
      const blind = run.not_evaluable.length;
      const of = Object.keys(run.verdicts).length;
      const seen = blind ? " " + (of - blind) + " of " + of + " signatures could be judged." : "";
      return {
        grade: "healthy",
        sentence: run.end === "finished" ? "Stayed healthy, and nobody was called." : run.end === "failed"
          ? "Failed without a warning: nothing in its telemetry announced it." : state ? "Nothing to report so far." : "Nothing to report.",
        how: how + seen,
      };
    }
    const first = trouble[0];
    const open = trouble.filter(i => i.status !== "resolved").length;
    const critical = trouble.filter(i => i.severity === "critical").sort((a, b) => criticalStep(a) - criticalStep(b))[0];
    const harm = trouble.filter(i => HARM.includes(i.signature)).sort((a, b) => a.onset_step - b.onset_step)[0];
    const found = name(first) + ", found at step " + step(first.detected_step);
    const facts = [];
    let sentence;
    if (harm && harm !== first && harm.onset_step > first.detected_step) {
      sentence = "Warned " + count(harm.onset_step - first.detected_step, "step") + " before the loss suffered: " + found + ".";
      facts.push(capital(name(harm)) + " from step " + step(harm.onset_step) + ", found at " + step(harm.detected_step) + ".");
      if (critical) facts.push("Critical since step " + step(criticalStep(critical)) + ".");
    } else if (critical && criticalStep(critical) > first.detected_step) {
      sentence = "Warned " + count(criticalStep(critical) - first.detected_step, "step") + " before it turned critical: " + found + ".";
      facts.push((critical === first ? "Critical" : capital(name(critical)) + ", critical") + " since step " + step(criticalStep(critical)) + ".");
    } else if (critical) {
      sentence = "Critical from the first alert on: " + found + ".";
    } else {
      sentence = "First trouble: " + found + ", since step " + step(first.onset_step) + ".";
    }
    facts.push(how, open ? count(open, "incident") + (open === 1 ? " is" : " are") + " still open." : "All incidents are resolved.");
    return {grade: critical ? "critical" : "warning", sentence, how: facts.join(" ")};
  }

  /** The step at which an incident was first known to be critical. */
  function criticalStep(incident) {
    const change = (incident.changes || []).find(c => c.severity === "critical");
    return change ? change.step : incident.detected_step;
  }

  /** Stories, oldest first: each a list of incidents in the order of detection, its first cause first. */
  function stories(run) {
    const byRoot = new Map();
    const known = new Set(run.incidents.map(i => i.id));
    for (const incident of run.incidents) {
      const root = known.has(incident.story) ? incident.story : incident.id;
      if (!byRoot.has(root)) byRoot.set(root, []);
      byRoot.get(root).push(incident);
    }
    const all = [...byRoot.values()];
    all.forEach(story => story.sort((a, b) => a.detected_step - b.detected_step || a.onset_step - b.onset_step));
    return all.sort((a, b) => a[0].detected_step - b[0].detected_step);
  }

  /** The runs with those first that went worst. */
  function gravestFirst(runs) {
    const rank = run => ["critical", "warning"].indexOf(verdict(run, "").grade) >>> 0;
    return runs.map(run => ({run, rank: rank(run)})).sort((a, b) => a.rank - b.rank).map(one => one.run);
  }

  /** What two configurations say, incident by incident; pairs are ids of the same incident in both. */
  function difference(a, b, pairs) {
    const other = new Map(pairs.map(([one, two]) => [one, b.find(i => i.id === two)]));
    const paired = new Set(pairs.map(([, two]) => two));
    const rows = a.map(one => ({a: one, b: other.get(one.id)})).concat(b.filter(i => !paired.has(i.id)).map(two => ({a: undefined, b: two})));
    for (const row of rows) {
      const by = row.a && row.b ? row.b.detected_step - row.a.detected_step : 0;
      row.signature = (row.a || row.b).signature;
      row.change = !row.a ? "appears" : !row.b ? "vanishes" : by !== 0 ? "moves" : row.a.severity !== row.b.severity ? "regraded" : "same";
      row.words = row.change === "moves" ? count(Math.abs(by), "step") + (by < 0 ? " earlier" : " later")
        : row.change === "regraded" ? row.a.severity + " becomes " + row.b.severity : row.change;
    }
    return rows.sort((x, y) => (x.a || x.b).detected_step - (y.a || y.b).detected_step);
  }

  Object.assign(parts, {difference, gravestFirst, stories, verdict});
})(window.ForeshockParts = window.ForeshockParts || {});
