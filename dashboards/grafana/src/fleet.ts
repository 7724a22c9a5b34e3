// All runs, and what needs attention.
import * as parts from './parts.js';

const STATES = {
  running: { text: 'running', color: 'green' },
  silent: { text: 'silent', color: 'orange' },
  finished: { text: 'finished', color: 'text' },
  failed: { text: 'failed', color: 'red' },
  stopped: { text: 'stopped', color: 'text' },
};

export const fleet = parts
  .shell(parts.UIDS.fleet, 'Foreshock / Fleet', 'All runs, and what needs attention first.')
  .withPanel(
    parts.figure({
      title: 'Running',
      help: 'Runs that report.',
      expr: `sum(${parts.once('foreshock_runs{state="running"}')})`,
    }),
  )
  .withPanel(
    parts.figure({
      title: 'Silent',
      help: 'Runs that did not say that they are over, and yet nothing comes.',
      expr: `sum(${parts.once('foreshock_runs{state="silent"}')})`,
      steps: parts.good(1, 1e9),
    }),
  )
  .withPanel(
    parts.figure({
      title: 'Failed',
      help: 'Runs that said that they failed.',
      expr: `sum(${parts.once('foreshock_runs{state="failed"}')})`,
    }),
  )
  .withPanel(
    parts.figure({
      title: 'Critical',
      help: 'Critical incidents that are open: a run is being lost.',
      expr: `sum(${parts.once('foreshock_incidents_open{severity="critical"}')}) or vector(0)`,
      steps: [
        { from: null, color: 'green' },
        { from: 1, color: 'red' },
      ],
    }),
  )
  .withPanel(
    parts.figure({
      title: 'Warnings',
      help: 'Warnings that are open.',
      expr: `sum(${parts.once('foreshock_incidents_open{severity="warning"}')}) or vector(0)`,
      steps: parts.good(1, 1e9),
    }),
  )
  .withPanel(
    parts.figure({
      title: 'Not shown',
      help: 'Runs beyond --max-runs of the exporter: those that need attention least have no series.',
      expr: `sum(${parts.once('foreshock_runs_omitted')})`,
    }),
  )
  .withPanel(
    parts.rows({
      title: 'What needs attention',
      help: 'Open warnings and critical incidents that call, causes without what follows from them. Click a run for its charts, an incident for its story on the run page.',
      targets: [parts.now(parts.once('foreshock_incident_info{severity=~"warning|critical", pages="true"}'))],
      columns: [
        { field: 'severity', title: 'Severity', width: 90 },
        { field: 'run', title: 'Run', link: parts.TO_RUN },
        { field: 'signature', title: 'Signature' },
        { field: 'series', title: 'Worst series' },
        { field: 'incident', title: 'Incident', width: 170, link: parts.TO_INCIDENT },
      ],
      sort: { title: 'Severity' },
      height: 9,
      noValue: 'Nothing needs attention',
    }),
  )
  .withPanel(
    parts.rows({
      title: 'All runs',
      help: 'Where each run stands. A run that ended leaves 15 minutes later.',
      targets: [
        parts.now('max by (run, state) (foreshock_run_state)', 'state'),
        parts.now('max by (run) (foreshock_run_step)', 'step'),
        parts.now('max by (run) (foreshock_run_steps_per_second)', 'rate'),
        parts.now('time() - max by (run) (foreshock_run_last_event_timestamp_seconds)', 'age'),
        parts.now('max by (run) (foreshock_run_signal{signal="loss"})', 'loss'),
        parts.now(`sum by (run) (${parts.once('foreshock_incidents_open{severity=~"warning|critical"}')}) or 0 * max by (run) (foreshock_run_state)`, 'open'),
        parts.now('max by (run) (foreshock_run_attempt)', 'attempt'),
      ],
      columns: [
        { field: 'run', title: 'Run', link: parts.TO_RUN },
        { field: 'state', title: 'State', width: 100, texts: STATES },
        { field: 'Value #open', title: 'Open', width: 80, decimals: 0 },
        { field: 'Value #step', title: 'Step', width: 110, unit: 'locale' },
        { field: 'Value #rate', title: 'Steps/s', width: 100, decimals: 3 },
        { field: 'Value #loss', title: 'Loss', width: 100, decimals: 4 },
        { field: 'Value #age', title: 'Heard of', width: 110, unit: 's', decimals: 0 },
        { field: 'Value #attempt', title: 'Resumes', width: 100, decimals: 0 },
      ],
      sort: { title: 'Open', descending: true },
      height: 12,
      noValue: 'No run has reported yet',
    }),
  )
  .withPanel(
    parts.chart({
      title: 'Open incidents by signature',
      help: 'What the fleet suffers from at a time.',
      targets: [parts.over(`sum by (signature) (${parts.once('foreshock_incidents_open{severity=~"warning|critical"}')}) > 0`, '{{signature}}')],
    }),
  )
  .withPanel(
    parts.chart({
      title: 'Incidents opened an hour',
      help: 'Rate at which incidents open or grow graver, by severity: a step here is a change of the fleet or of the settings.',
      targets: [parts.over('sum by (severity) (rate(foreshock_incidents_total[$__rate_interval])) * 3600', '{{severity}}')],
    }),
  );
