// Foreshock itself: whether somebody would be warned.
import * as parts from './parts.js';

const UP = {
  '0': { text: 'no', color: 'red' },
  '1': { text: 'yes', color: 'green' },
};

export const self = parts
  .shell(parts.UIDS.self, 'Foreshock / Foreshock itself', 'The health of the way from the training process to the alert.')
  .withPanel(
    parts.figure({
      title: 'Topics can be read',
      help: 'While no, every number here stands still and nobody is told of incidents.',
      expr: 'min(foreshock_exporter_feed_up)',
      texts: UP,
    }),
  )
  .withPanel(
    parts.figure({
      title: 'Job runs',
      help: 'As Flink says; the exporter asks it with --flink-url.',
      expr: 'min(foreshock_job_up)',
      texts: UP,
      noValue: 'not asked',
    }),
  )
  .withPanel(
    parts.figure({
      title: 'Behind by',
      help: 'Age of the oldest event that no checkpoint of the job covers. Up to 20 s is normal with checkpoints every 10 s; amber from 60, where ForeshockLagGrows begins.',
      unit: 's',
      expr: 'max(foreshock_job_lag_seconds)',
      steps: parts.good(60, 600),
    }),
  )
  .withPanel(
    parts.figure({
      title: 'Alert latency, 99 %',
      help: "From an event's time stamp to its incident's arrival, over the last hour. The goal is a second.",
      unit: 's',
      expr: 'histogram_quantile(0.99, sum by (le) (increase(foreshock_alert_latency_seconds_bucket[1h])))',
      steps: parts.good(1, 10),
      noValue: 'no incident opened',
    }),
  )
  .withPanel(
    parts.figure({
      title: 'Checkpoint',
      help: 'Age of the last complete one; red after ten minutes, where ForeshockCheckpointOld begins.',
      unit: 's',
      expr: 'max(foreshock_job_checkpoint_age_seconds)',
      steps: parts.good(60, 600),
      noValue: 'not asked',
    }),
  )
  .withPanel(
    parts.figure({
      title: 'Waiting to be told',
      help: 'What Alertmanagers and the webhook have not taken yet.',
      expr: 'sum(foreshock_notifications_pending)',
      steps: parts.good(1, 100),
      noValue: 'nobody is told',
    }),
  )
  .withPanel(
    parts.chart({
      title: 'Events and judged rows a second',
      help: 'What comes in and what was judged. A run with several ranks has several events a row.',
      unit: 'cps',
      targets: [
        parts.over('rate(foreshock_telemetry_events_total[$__rate_interval])', 'events'),
        parts.over('rate(foreshock_rows_judged_total[$__rate_interval])', 'rows judged'),
      ],
    }),
  )
  .withPanel(
    parts.chart({
      title: 'Rejected events a second',
      help: 'By reason. Topic foreshock.rejected holds each with the field, the value and the fix.',
      unit: 'cps',
      targets: [parts.over('sum by (reason) (rate(foreshock_events_rejected_total[$__rate_interval]))', '{{reason}}')],
    }),
  )
  .withPanel(
    parts.chart({
      title: 'Lag in events',
      help: 'Events that no checkpoint of the job covers: a saw-tooth between two checkpoints, not a rise.',
      targets: [parts.over('foreshock_job_lag_events', 'events')],
    }),
  )
  .withPanel(
    parts.chart({
      title: 'Lag in seconds',
      help: 'Age of the oldest of them.',
      unit: 's',
      steps: [
        { from: null, color: 'transparent' },
        { from: 60, color: 'orange' },
      ],
      targets: [parts.over('foreshock_job_lag_seconds', 'seconds')],
    }),
  )
  .withPanel(
    parts.chart({
      title: 'Alert latency',
      help: "From an event's time stamp to its incident's arrival at the exporter.",
      unit: 's',
      targets: [
        parts.over('histogram_quantile(0.5, sum by (le) (rate(foreshock_alert_latency_seconds_bucket[$__rate_interval])))', 'median'),
        parts.over('histogram_quantile(0.99, sum by (le) (rate(foreshock_alert_latency_seconds_bucket[$__rate_interval])))', '99 %'),
      ],
    }),
  )
  .withPanel(
    parts.chart({
      title: 'Job: restarts and checkpoint age',
      help: 'A restart judges again what came since the last checkpoint; nothing is lost and nothing is told twice.',
      targets: [
        parts.over('foreshock_job_restarts', 'restarts'),
        parts.over('foreshock_job_checkpoint_age_seconds', 'checkpoint age, s'),
      ],
    }),
  )
  .withPanel(
    parts.chart({
      title: 'Notifications a second',
      help: 'Told to Alertmanagers (again each minute while something is open) and to the webhook; failed tries are made again.',
      unit: 'cps',
      targets: [
        parts.over(
          'sum by (receiver, address, outcome) (rate(foreshock_notifications_total[$__rate_interval]))',
          '{{receiver}} {{address}}, {{outcome}}',
        ),
      ],
    }),
  )
  .withPanel(
    parts.chart({
      title: 'Runs that are known',
      help: 'By where they stand; those beyond --max-runs have no series of their own.',
      targets: [
        parts.over('sum by (state) (foreshock_runs)', '{{state}}'),
        parts.over('sum(foreshock_runs_omitted)', 'not exported'),
      ],
    }),
  );
