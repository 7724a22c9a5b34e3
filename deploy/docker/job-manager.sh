#!/bin/sh
# Starts the job from the newest checkpoint that is complete, and without one from the start of the topic. A job manager without
# high availability forgets its checkpoints when it stops; judges that begin anew in the midst of a run would not know its course.
#
#   job-manager.sh CHECKPOINTS ENTRYPOINT [ARGUMENT…]    ENTRYPOINT is that of Flink's image, the arguments are the job's
set -eu

checkpoints=$1 entrypoint=$2
shift 2
# JOB/chk-N/_metadata; Flink writes it last.
newest=$(find "$checkpoints" -path '*/chk-*/_metadata' -printf '%T@ %h\n' | sort -n | tail -n 1 | cut -d ' ' -f 2-)
if [ -n "$newest" ]; then
    echo "job-manager.sh: goes on from checkpoint $newest"
    set -- --fromSavepoint "$newest" "$@"
    # Nobody else deletes those of earlier starts, which have another job's id.
    find "$checkpoints" -mindepth 1 -maxdepth 1 ! -path "${newest%/*}" -exec rm -r {} +
else
    echo "job-manager.sh: no checkpoint in $checkpoints, starts anew"
fi
exec "$entrypoint" standalone-job --job-classname io.foreshock.job.ForeshockJob "$@"
