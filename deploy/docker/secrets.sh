#!/bin/sh
# Makes the secrets that compose.yaml mounts, and leaves alone those that are there.
set -eu
cd "$(dirname "$0")"
mkdir -p -m 700 secrets

# Readable by the users of the containers; the folder keeps others out.
make() {
    [ -s "secrets/$1" ] || printf '%s' "$2" >"secrets/$1"
    chmod 644 "secrets/$1"
}

random() {
    od -An -N32 -tx1 /dev/urandom | tr -d ' \n'
}

make page_token "$(random)"
make gateway_token "$(random)"
make gateway_tokens.yaml "tokens: {training: {token: $(cat secrets/gateway_token), runs: ['*']}}"
make grafana_password "$(random)"
make slack_url http://localhost:1/put-the-address-of-your-slack-webhook-into-secrets/slack_url
echo "secrets/: page_token (for changes on the page), gateway_token (to send), grafana_password (user admin), slack_url (yours to fill in)"
