// One run: its signals, what was found, and how soon it hurts.
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import * as parts from './parts.js';

const RUN = 'run="$run"';

function signals(names: string): string {
  return `foreshock_run_signal{${RUN}, signal=~"${names}"}`;
}

export const run = parts
  .shell(parts.UIDS.run, 'Foreshock / Run', 'One run: its signals, its incidents, and how soon they hurt.')
  .withVariable(parts.runVariable())
  .annotation(
    new dashboard.AnnotationQueryBuilder()
      .name('Incidents')
      .datasource({ type: 'prometheus', uid: '${datasource}' })
      .enable(true)
      .iconColor('red')
      .expr(`foreshock_incident_info{${RUN}, severity=~"warning|critical"}`)
      .step('15s')
      .titleFormat('{{signature}}')
      .textFormat('{{severity}} on {{series}}')
      .tagKeys('severity,signature'),
  )
  .withPanel(
    parts.figure({
      title: 'Step',
      help: 'Last judged step.',
      unit: 'locale',
      expr: `max(foreshock_run_step{${RUN}})`,
    }),
  )
  .withPanel(
    parts.figure({
      title: 'Steps a second',
      help: "By the run's own clock, over its last 32 rows.",
      expr: `max(foreshock_run_steps_per_second{${RUN}})`,
    }),
  )
  .withPanel(
    parts.figure({
      title: 'Heard of',
      help: 'Time since the last event. Amber after 2 minutes, when a run whose rhythm is not known counts as silent; red after 10, when a stall is told.',
      unit: 's',
      expr: `time() - max(foreshock_run_last_event_timestamp_seconds{${RUN}})`,
      steps: parts.good(120, 600),
    }),
  )
  .withPanel(
    parts.figure({
      title: 'Open incidents',
      help: 'Warnings and critical incidents that are open.',
      expr: `sum(${parts.once(`foreshock_incidents_open{${RUN}, severity=~"warning|critical"}`)}) or vector(0)`,
      steps: parts.good(1, 1e9),
    }),
  )
  .withPanel(
    parts.figure({
      title: 'Hurts in',
      help: 'Steps until the nearest level at which an open incident hurts, as forecast. Red below 200: little more than the interval of checkpoints.',
      unit: 'locale',
      expr: `min(foreshock_forecast_steps_left{${RUN}, bound="expected"})`,
      steps: [
        { from: null, color: 'red' },
        { from: 200, color: 'orange' },
        { from: 2000, color: 'green' },
      ],
      noValue: 'no forecast',
    }),
  )
  .withPanel(
    parts.figure({
      title: 'Missing events',
      help: 'Events of this run that its publishers dropped or that could not be read; topic foreshock.rejected holds the latter with their reasons.',
      expr: `max(foreshock_run_rejected_events{${RUN}}) + max(foreshock_run_dropped_events{${RUN}})`,
      steps: parts.good(1, 1e9),
    }),
  )
  .withPanel(
    parts.rows({
      title: 'Open incidents',
      help: 'What was found and is not over: worst series, what was observed against which threshold, since which step. The link opens its story on the run page.',
      targets: [
        parts.now(`max by (run, signature, severity, series, incident) (foreshock_incident_info{${RUN}, severity=~"warning|critical"})`, 'info'),
        parts.now(`max by (run, signature) (foreshock_incident_value{${RUN}})`, 'value'),
        parts.now(`max by (run, signature) (foreshock_incident_threshold{${RUN}})`, 'threshold'),
        parts.now(`max by (run, signature) (foreshock_incident_onset_step{${RUN}})`, 'onset'),
        parts.now(`max by (run, signature) (foreshock_forecast_steps_left{${RUN}, bound="expected"})`, 'left'),
      ],
      columns: [
        { field: 'severity', title: 'Severity', width: 90 },
        { field: 'run', title: 'Run', width: 160 },
        { field: 'signature', title: 'Signature' },
        { field: 'series', title: 'Worst series' },
        { field: 'Value #value', title: 'Value', width: 100, decimals: 3 },
        { field: 'Value #threshold', title: 'Threshold', width: 100, decimals: 3 },
        { field: 'Value #onset', title: 'Since step', width: 110, unit: 'locale' },
        { field: 'Value #left', title: 'Hurts in', width: 110, unit: 'locale' },
        { field: 'incident', title: 'Incident', width: 170, link: parts.TO_INCIDENT },
      ],
      sort: { title: 'Severity' },
      height: 8,
      noValue: 'Nothing is wrong with this run',
    }),
  )
  .withRow(parts.row('Loss and rate'))
  .withPanel(
    parts.chart({
      title: 'Loss',
      help: 'Training and held-out loss, and the loss that its own course lets expect after twice the steps, with the interval of 90 %.',
      targets: [
        parts.over(signals('loss|eval_loss'), '{{signal}}'),
        parts.over(`foreshock_run_loss_forecast{${RUN}}`, 'forecast, {{bound}}'),
      ],
    }),
  )
  .withPanel(
    parts.chart({
      title: 'Learning rate',
      help: 'As used for the step.',
      targets: [parts.over(signals('lr'), '{{signal}}')],
    }),
  )
  .withRow(parts.row('Gradient and update'))
  .withPanel(
    parts.chart({
      title: 'Gradient norm',
      help: 'L2 norm of the whole gradient before clipping; per layer the largest.',
      logarithmic: true,
      targets: [parts.over(signals('grad_norm|grad_norm/layer|grad_norm/global'), '{{signal}}')],
    }),
  )
  .withPanel(
    parts.chart({
      title: "Gradient beside Adam's epsilon",
      help: "RMS of a gradient entry, per layer the largest, the second moment and epsilon: near epsilon, updates vanish.",
      logarithmic: true,
      targets: [parts.over(signals('grad_rms/layer|adam_second_moment_rms|adam_eps'), '{{signal}}')],
    }),
  )
  .withPanel(
    parts.chart({
      title: 'Update and weights',
      help: "Norm of a step's update over the norm of the weights, about 1e-3 in a healthy run; and the norm itself.",
      logarithmic: true,
      targets: [parts.over(signals('update_ratio|param_norm'), '{{signal}}')],
    }),
  )
  .withPanel(
    parts.chart({
      title: 'Loss scale and skipped steps',
      help: 'Of mixed precision: a scale that keeps falling overflows all the time.',
      targets: [parts.over(signals('loss_scale|skipped_step'), '{{signal}}')],
    }),
  )
  .withRow(parts.row('Attention, activations and output: the worst layer or head'))
  .withPanel(
    parts.chart({
      title: 'Attention logits',
      help: 'The largest of all heads. 50 is where growth is told, 100 where softmax begins to saturate in bfloat16.',
      logarithmic: true,
      steps: [
        { from: null, color: 'transparent' },
        { from: 50, color: 'orange' },
        { from: 100, color: 'red' },
      ],
      targets: [parts.over(signals('attention_logit_max'), '{{signal}}')],
    }),
  )
  .withPanel(
    parts.chart({
      title: 'Attention entropy',
      help: 'Mean entropy of the attention rows, in nats, of the layer where it is largest.',
      targets: [parts.over(signals('attention_entropy'), '{{signal}}')],
    }),
  )
  .withPanel(
    parts.chart({
      title: 'Activations and experts',
      help: 'RMS of the residual stream after the layer where it is largest, and the share of the busiest expert.',
      logarithmic: true,
      targets: [parts.over(signals('activation_rms|expert_share'), '{{signal}}')],
    }),
  )
  .withPanel(
    parts.chart({
      title: 'Output logits',
      help: 'log Z that drifts away from 0 costs precision; z-loss holds it there.',
      targets: [parts.over(signals('log_z|z_loss|output_logit_mean|output_logit_max'), '{{signal}}')],
    }),
  )
  .withRow(parts.row('What the signatures say'))
  .withPanel(
    parts.chart({
      title: 'Verdicts',
      help: '-1 not evaluable (a metric it needs is not reported), 0 quiet, 1 suspect, 2 firing. Only those above quiet are drawn.',
      targets: [parts.over(`foreshock_signature_verdict{${RUN}} > 0`, '{{signature}}')],
    }),
  )
  .withPanel(
    parts.chart({
      title: 'Steps until it hurts',
      help: 'Forecasts of open incidents, with the interval of 90 %.',
      unit: 'locale',
      targets: [parts.over(`foreshock_forecast_steps_left{${RUN}} < +Inf`, '{{signature}}, {{bound}}')],
    }),
  );
