// RL with rewards and preference tuning: what goes wrong there first.
import * as parts from './parts.js';

function signals(names: string): string {
  return `foreshock_run_signal{run="$run", signal=~"${names}"}`;
}

function line(title: string, help: string, names: string, more: Partial<parts.Chart> = {}) {
  return parts.chart({ title, help, targets: [parts.over(signals(names), '{{signal}}')], ...more });
}

export const preference = parts
  .shell(
    parts.UIDS.preference,
    'Foreshock / RL and preference',
    'RL with rewards and preference tuning: reward, its variance, KL, entropy, length, and the two log-probabilities.',
  )
  .withVariable(parts.runVariable())
  .withRow(parts.row('Reward'))
  .withPanel(
    line(
      'Reward',
      'Mean of the reward that is optimised, and the true one where it is measured. One that rises while the other falls is over-optimization.',
      'reward_mean|gold_reward_mean',
    ),
  )
  .withPanel(
    line(
      'Variance of the reward',
      'Deviation over the samples of one prompt, and the share of prompts whose samples all got the same. Without variance there is no gradient (arXiv:2310.20703).',
      'reward_std|frac_reward_zero_std',
    ),
  )
  .withRow(parts.row('Policy'))
  .withPanel(
    line('KL to the reference', 'A response and a token. A jump means that the policy left what the reward model knows.', 'kl|kl_token', {
      logarithmic: true,
    }),
  )
  .withPanel(line('Entropy', 'Of the next token, in nats. A collapse ends exploration (arXiv:2505.22617).', 'entropy'))
  .withPanel(
    line('Response length', 'Tokens a response. Growth that the true reward does not follow is exploitation.', 'response_length_mean'),
  )
  .withPanel(
    line('Cut by the cap', 'Share of responses that the length cap cut: their rewards are not those of answers.', 'clipped_ratio', {
      unit: 'percentunit',
    }),
  )
  .withRow(parts.row('Preference tuning'))
  .withPanel(
    line(
      'Log-probabilities',
      'Chosen and rejected. The chosen falling while the margin rises is likelihood displacement (arXiv:2410.08847).',
      'logps_chosen|logps_rejected',
      { width: 8 },
    ),
  )
  .withPanel(line('Implicit rewards', 'Chosen, rejected, and their margin.', 'rewards_chosen|rewards_rejected|rewards_margin', { width: 8 }))
  .withPanel(
    line('Accuracy', 'Share of pairs with a positive margin. One that stalls below 0.6 ranks hardly better than chance.', 'rewards_accuracy', {
      width: 8,
      unit: 'percentunit',
      steps: [
        { from: null, color: 'orange' },
        { from: 0.6, color: 'transparent' },
      ],
    }),
  )
  .withPanel(
    parts.rows({
      title: 'Open incidents',
      help: 'What was found and is not over. The link opens its story on the run page.',
      targets: [parts.now('max by (run, signature, severity, series, incident) (foreshock_incident_info{run="$run", severity=~"warning|critical"})')],
      columns: [
        { field: 'severity', title: 'Severity', width: 90 },
        { field: 'run', title: 'Run', width: 160, link: parts.TO_RUN },
        { field: 'signature', title: 'Signature' },
        { field: 'series', title: 'Worst series' },
        { field: 'incident', title: 'Incident', width: 170, link: parts.TO_INCIDENT },
      ],
      sort: { title: 'Severity' },
      height: 8,
      noValue: 'Nothing is wrong with this run',
    }),
  );
