package io.foreshock.alias;

import static org.assertj.core.api.Assertions.assertThat;

import io.foreshock.telemetry.StepSample;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One event of each framework, under the names it logs. */
class FrameworksTest {
    private final MetricCollector collector = new MetricCollector(Aliases.standard());

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            Megatron TensorBoard | lm loss;lm loss vs samples;grad-norm;grad-norm vs samples;learning-rate;loss-scale;params-norm;num-zeros;batch-size;iteration-time;max_attention_logit | lm loss=loss;grad-norm=grad_norm;learning-rate=lr;loss-scale=loss_scale;params-norm=param_norm;batch-size=batch_size;iteration-time=step_time;max_attention_logit=attention_logit_max
            Megatron text | lm loss;grad norm;learning rate;loss scale;params norm;global batch size;number of skipped iterations;number of nan iterations;consumed samples;elapsed time per iteration (ms) | lm loss=loss;grad norm=grad_norm;learning rate=lr;loss scale=loss_scale;params norm=param_norm;global batch size=batch_size;number of skipped iterations=skipped_step;elapsed time per iteration (ms)=step_time
            Megatron evaluation | lm loss validation;lm loss validation ppl | lm loss validation=eval_loss
            Megatron-RL | mean_reward;nonzero_groups_ratio;mean_turn_length;grad-norm | mean_reward=reward_mean;grad-norm=grad_norm
            HF trainer_state | loss;grad_norm;learning_rate;epoch | loss=loss;grad_norm=grad_norm;learning_rate=lr
            HF trainer_state, last row | train_loss;train_runtime;train_samples_per_second |
            HF through W&B | train/loss;train/grad_norm;train/learning_rate;train/epoch | train/loss=loss;train/grad_norm=grad_norm;train/learning_rate=lr
            HF through W&B, last row | train/train_loss;train/train_runtime |
            HF evaluation | eval_loss;eval_accuracy;eval_runtime | eval_loss=eval_loss;eval_accuracy=eval_acc
            HF evaluation through W&B | eval/loss;eval/accuracy;eval/runtime | eval/loss=eval_loss;eval/accuracy=eval_acc
            TRL GRPO | loss;reward;reward_std;frac_reward_zero_std;kl;entropy;completions/mean_length;completion_length;completions/clipped_ratio;clip_ratio/low_mean;clip_ratio;rewards/f/mean | loss=loss;reward=reward_mean;reward_std=reward_std;frac_reward_zero_std=frac_reward_zero_std;kl=kl;entropy=entropy;completions/mean_length=response_length_mean;completions/clipped_ratio=clipped_ratio
            TRL GRPO, older | train/reward;train/reward_std;train/completion_length;train/kl | train/reward=reward_mean;train/reward_std=reward_std;train/completion_length=response_length_mean;train/kl=kl
            TRL PPO | objective/kl;objective/entropy;objective/rlhf_reward;objective/scores;policy/approxkl_avg;policy/entropy_avg;loss/policy_avg;loss/value_avg;lr | objective/kl=kl;objective/scores=reward_mean;policy/entropy_avg=entropy;loss/policy_avg=loss;lr=lr
            TRL DPO | loss;rewards/chosen;rewards/rejected;rewards/margins;rewards/accuracies;logps/chosen;logps/rejected;logits/chosen | loss=loss;rewards/chosen=rewards_chosen;rewards/rejected=rewards_rejected;rewards/margins=rewards_margin;rewards/accuracies=rewards_accuracy;logps/chosen=logps_chosen;logps/rejected=logps_rejected
            TRL KTO through W&B | train/kl;train/rewards/chosen;train/logps/chosen | train/kl=kl;train/rewards/chosen=rewards_chosen;train/logps/chosen=logps_chosen
            TRL Reward | loss;mean_reward;min_reward;max_reward;accuracy;margin | loss=loss;accuracy=rewards_accuracy;margin=rewards_margin
            TRL Reward through W&B | train/loss;train/mean_reward;train/min_reward;train/accuracy;train/margin | train/loss=loss;train/accuracy=rewards_accuracy;train/margin=rewards_margin
            torchtitan | loss_metrics/global_avg_loss;loss_metrics/global_max_loss;grad_norm;lr;time_metrics/end_to_end(s);validation_metrics/loss | loss_metrics/global_avg_loss=loss;grad_norm=grad_norm;lr=lr;time_metrics/end_to_end(s)=step_time;validation_metrics/loss=eval_loss
            torchtitan RL | loss/mean;trainer/grad_norm/mean;trainer/lr;trainer/entropy/mean | loss/mean=loss;trainer/grad_norm/mean=grad_norm;trainer/lr=lr;trainer/entropy/mean=entropy
            OLMo-core | train/CE loss;train/PPL;train/Z loss;train/Z loss unscaled;optim/total grad norm;optim/LR (group 0);optim/LR (group 1);optim/step skipped | train/CE loss=loss;train/Z loss unscaled=z_loss;optim/total grad norm=grad_norm;optim/LR (group 0)=lr;optim/step skipped=skipped_step
            MaxText | learning/loss;learning/lm_loss;learning/grad_norm;learning/raw_grad_norm;learning/param_norm;learning/current_learning_rate;learning/z_loss;perf/step_time_seconds | learning/lm_loss=loss;learning/raw_grad_norm=grad_norm;learning/param_norm=param_norm;learning/current_learning_rate=lr;perf/step_time_seconds=step_time
            MaxText RL | learning/loss;learning/grad_norm;learning/avg_reward;learning/avg_reward_std;learning/avg_kl;learning/completion_length | learning/loss=loss;learning/avg_reward=reward_mean;learning/avg_reward_std=reward_std;learning/avg_kl=kl;learning/completion_length=response_length_mean
            Composer | loss/train/total;l2_norm/grad/global;l2_norm/grad/w;lr-DecoupledAdamW/group0;lr-DecoupledAdamW/group1;metrics/eval/LanguageCrossEntropy | loss/train/total=loss;l2_norm/grad/global=grad_norm;lr-DecoupledAdamW/group0=lr;metrics/eval/LanguageCrossEntropy=eval_loss
            Lightning | train_loss;val_loss;train_acc;val_acc;lr-AdamW;lr-AdamW-momentum;grad_2.0_norm_total;grad_inf_norm_total | train_loss=loss;val_loss=eval_loss;train_acc=train_acc;val_acc=eval_acc;lr-AdamW=lr;grad_2.0_norm_total=grad_norm
            NeMo | reduced_train_loss;lr;grad_norm;global_batch_size;train_step_timing in s;loss_scale | reduced_train_loss=loss;lr=lr;grad_norm=grad_norm;global_batch_size=batch_size;train_step_timing in s=step_time;loss_scale=loss_scale
            nanoGPT | iter;train/loss;val/loss;lr;mfu | train/loss=loss;val/loss=eval_loss;lr=lr
            nanoGPT text | loss;time (ms);mfu (%) | loss=loss;time (ms)=step_time
            nanoGPT text, evaluation | train loss;val loss | val loss=eval_loss
            MaxText text | seconds;TFLOP/s/device;total_weights;loss | seconds=step_time;loss=loss
            llm.c | trl;lr;norm | trl=loss;lr=lr;norm=grad_norm
            llm.c evaluation | tel | tel=eval_loss
            verl | actor/pg_loss;actor/kl_loss;actor/ppo_kl;actor/entropy;actor/grad_norm;critic/grad_norm;actor/lr;critic/score/mean;critic/rewards/mean;response_length/mean;response_length/clip_ratio;timing_s/step | actor/pg_loss=loss;actor/kl_loss=kl_token;actor/entropy=entropy;actor/grad_norm=grad_norm;actor/lr=lr;critic/score/mean=reward_mean;response_length/mean=response_length_mean;response_length/clip_ratio=clipped_ratio;timing_s/step=step_time
            OpenRLHF | train/policy_loss;train/kl;train/ppo_kl;train/entropy_loss;train/reward;train/group_reward_std;train/response_length;train/actor_grad_norm;train/critic_grad_norm;train/actor_lr;train/rollout/truncated_rate | train/policy_loss=loss;train/kl=kl;train/reward=reward_mean;train/group_reward_std=reward_std;train/response_length=response_length_mean;train/actor_grad_norm=grad_norm;train/actor_lr=lr;train/rollout/truncated_rate=clipped_ratio
            OpenRLHF DPO | train/loss;train/acc;train/chosen_reward;train/reject_reward | train/loss=loss;train/acc=rewards_accuracy;train/chosen_reward=rewards_chosen;train/reject_reward=rewards_rejected
            LLaMA-Factory | loss;accuracy;lr;epoch;percentage | loss=loss;accuracy=rewards_accuracy;lr=lr
            AlgoPerf | grad_norm;loss;lr | grad_norm=grad_norm;loss=loss;lr=lr
            AlgoPerf evaluation | train/accuracy;train/loss;validation/accuracy;validation/loss;validation/num_examples;test/accuracy;test/loss | train/accuracy=train_acc;validation/accuracy=eval_acc;validation/loss=eval_loss
            MLPerf | train_loss;samples_count;lr | train_loss=loss;lr=lr
            MLPerf evaluation | eval_accuracy;samples_count |
            modded-nanogpt | train_loss;train_time;step_avg | train_loss=loss
            GAIL-PPO | loss;policy loss;value loss;entropy loss;discriminator loss total;kl;mean 100 episode reward | loss=loss;entropy loss=entropy;kl=kl;mean 100 episode reward=reward_mean
            """)
    void maps(String framework, String logged, String expected) {
        String[] names = logged.split(";");
        collector.clear();
        for (int i = 0; i < names.length; i++) {
            collector.scalar(names[i], i);
        }
        StepSample sample = collector.sample("r", 0, 0, 1, StepSample.NONE, null, 0, 0);

        Map<String, String> want = new TreeMap<>();
        Arrays.stream(names).forEach(name -> want.put(name, name));
        if (expected != null) {
            for (String pair : expected.split(";")) {
                int equals = pair.lastIndexOf('=');
                want.put(pair.substring(0, equals), pair.substring(equals + 1));
            }
        }
        Map<String, String> got = new TreeMap<>();
        for (int i = 0; i < names.length; i++) {
            got.put(names[i], sample.name(i));
        }
        assertThat(got).as(framework).isEqualTo(want);
    }
}
