#!/bin/sh
# Starts the job from the newest checkpoint that is complete, and without one from the start of the topic. A job manager without
# high availability forgets its checkpoints when it stops; judges that begin anew in the midst of a run would not know its course.
set -eu

newest=$(find /flink-data/checkpoints -name _metadata -printf '%T@ %h\n' 2>/dev/null | sort -n | tail -n 1 | cut -d ' ' -f 2-)
if [ -n "$newest" ]; then
    echo "goes on from checkpoint $newest"
    set -- --fromSavepoint "$newest" "$@"
fi
exec /docker-entrypoint.sh standalone-job --job-classname io.foreshock.job.ForeshockJob "$@"
