#!/usr/bin/env bash
# mosquitto_pub, mosquitto_sub and mosquitto_rr over mutual TLS and over the plain desk port, at MQTT 3.1.1 and 5.
set -euo pipefail
aws() { "${AWS_CLI:-aws}" --endpoint-url "$AWS_ENDPOINT_URL" --output text "$@"; }
die() { echo "$*"; exit 1; }
same() { [ "$2" = "$3" ] || die "$1: expected '$3', found '$2'"; }
mark=mosq-$$-$RANDOM

# A client that tries again for ever has not been refused.
limited() { timeout 10 "$@"; }
told() { # what, pattern of what it says, command … — mosquitto's clients end with 0 after some denials
  local what=$1 says=$2 status=0
  shift 2
  limited "$@" >told.log 2>&1 || status=$?
  [ $status != 124 ] || die "$what: it was neither refused nor let in within 10 s: $(cat told.log)"
  grep -Eq "$says" told.log || die "$what: expected '$says', found: $(cat told.log)"
  return $status
}
refused() { # as told, and the command must fail
  if told "$@"; then die "$1: it was let in: $(cat told.log)"; fi
}
denied() { told "$@" || :; }
listen() { # mosquitto_sub's arguments … — returns once it is subscribed; -d prints the SUBACK
  : >heard.log # What the last one heard must not pass for this one's.
  limited stdbuf -oL mosquitto_sub -d -F 'MESSAGE %r %q %t %p' "$@" >heard.log 2>&1 &
  listener=$!
  for _ in $(seq 200); do
    grep -q '^Subscribed' heard.log && return
    kill -0 "$listener" 2>/dev/null || break
    sleep 0.05
  done
  die "mosquitto_sub $* did not subscribe: $(cat heard.log)"
}
heard() { # what, then the messages as "retained qos topic payload" — waits for the listener's own end
  local what=$1 status=0
  shift
  wait "$listener" || status=$?
  same "$what: exit of mosquitto_sub" $status 0
  same "$what" "$(sed -n 's/^MESSAGE //p' heard.log)" "$(printf '%s\n' "$@")"
}

arn=$(aws iot create-keys-and-certificate --set-as-active --certificate-pem-outfile cert.pem --private-key-outfile key.pem --query certificateArn)
cat >policy.json <<END
{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Action": "iot:Connect", "Resource": "arn:aws:iot:*:*:client/$mark-*"},
  {"Effect": "Allow", "Action": ["iot:Publish", "iot:Receive", "iot:RetainPublish"], "Resource": ["arn:aws:iot:*:*:topic/$mark/*", "arn:aws:iot:*:*:topic/\$aws/things/$mark/jobs/*"]},
  {"Effect": "Allow", "Action": "iot:Subscribe", "Resource": ["arn:aws:iot:*:*:topicfilter/$mark/*", "arn:aws:iot:*:*:topicfilter/\$aws/things/$mark/jobs/*"]}]}
END
aws iot create-policy --policy-name "$mark" --policy-document file://policy.json >/dev/null
aws iot attach-policy --policy-name "$mark" --target "$arn"
aws iot create-thing --thing-name "$mark" >/dev/null

for door in plain tls; do
  for level in 311 5; do
    case $door in
      plain) to=(-h 127.0.0.1 -p "$GODWIT_MQTT_PLAIN_PORT" -V "$level") ;;
      tls) to=(-h localhost -p "$GODWIT_MQTT_PORT" --cafile "$GODWIT_CA" --cert cert.pem --key key.pem -V "$level") ;;
    esac
    here="$door port at level $level"
    root=$mark/$door/$level
    publish() { limited mosquitto_pub -i "$mark-p" "${to[@]}" "$@"; }

    listen -i "$mark-s" "${to[@]}" -C 2 -q 1 -t "$root/+/warm"
    publish -q 1 -t "$root/hall/damp" -m 40
    publish -q 1 -t "$root/hall/warm" -m 21
    publish -q 0 -t "$root/yard/warm" -m 9
    heard "$here, a wildcard" "0 1 $root/hall/warm 21" "0 0 $root/yard/warm 9"

    publish -q 1 -r -t "$root/state" -m on
    listen -i "$mark-s" "${to[@]}" -C 1 -q 1 -t "$root/state"
    heard "$here, a retained message by its topic" "1 1 $root/state on"
    # As at AWS: a wildcard gets no retained message, and what lies above "#" is not below it.
    listen -i "$mark-s" "${to[@]}" -C 1 -t "$root/+" -t "$root/state/#"
    publish -t "$root/state" -m later
    heard "$here, a retained message by a wildcard" "0 0 $root/state later"
    publish -r -n -t "$root/state"
    listen -i "$mark-s" "${to[@]}" -C 1 -t "$root/state"
    publish -t "$root/state" -m fresh
    heard "$here, a retained message that was cleared" "0 0 $root/state fresh"

    # A session outlives its connection and keeps what came at QoS 1 meanwhile.
    limited mosquitto_sub -i "$mark-kept-$door-$level" -c -E -q 1 -t "$root/kept" "${to[@]}"
    for i in 1 2 3; do publish -q 1 -t "$root/kept" -m "$i"; done
    limited mosquitto_sub -i "$mark-kept-$door-$level" -c -q 1 -C 3 -t "$root/kept" "${to[@]}" >kept.log
    same "$here, a kept session" "$(tr '\n' ' ' <kept.log)" "1 2 3 "

    jobs="\$aws/things/$mark/jobs"
    answer=$(limited mosquitto_rr -i "$mark-rr" "${to[@]}" -q 1 -t "$jobs/get" -e "$jobs/get/accepted" -m '{"clientToken":"t"}')
    same "$here, pending jobs" "$(sed -E 's/:[0-9]{10}\b/:N/' <<<"$answer")" '{"inProgressJobs":[],"queuedJobs":[],"timestamp":N,"clientToken":"t"}'

    denied "$here, \$SYS/#" 'All subscription requests were denied' mosquitto_sub -i "$mark-s" "${to[@]}" -t '$SYS/#'
    denied "$here, a publish below \$SYS" 'connection was lost|not currently connected|Not authorized' mosquitto_pub -i "$mark-p" "${to[@]}" -q 1 -t '$SYS/broker/load' -m 1
    # At level 5 CONNACK says that there is no QoS 2, and the client does not try.
    [ "$level" = 5 ] || refused "$here, QoS 2" 'connection was lost|not currently connected' mosquitto_pub -i "$mark-p" "${to[@]}" -q 2 -t "$root/x" -m 1
  done
done

# A message by HTTP: older clients sign for iotdevicegateway, current ones for iotdata; the topic's slashes come encoded.
# AWS CLI 2 takes base64 for a payload.
listen -i "$mark-s" -h 127.0.0.1 -p "$GODWIT_MQTT_PLAIN_PORT" -C 1 -q 1 -t "$mark/by/http"
if [[ $("${AWS_CLI:-aws}" --version) == aws-cli/1.* ]]; then payload=hello; else payload=$(printf hello | base64); fi
aws iot-data publish --topic "$mark/by/http" --qos 1 --payload "$payload"
heard "iot-data publish" "0 1 $mark/by/http hello"

# Who may not come in, or not there. At level 3.1.1 a refusal is a closed connection, at level 5 it has a code.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout rogue.key -out rogue.pem -subj /CN=rogue -days 30 2>/dev/null
tls=(mosquitto_pub -h localhost -p "$GODWIT_MQTT_PORT" -q 1 -t "$mark/x" -m 1 -i "$mark-p")
known=(--cert cert.pem --key key.pem)
for level in 311 5; do
  if [ $level = 311 ]; then says='connection was lost'; else says='Not authorized'; fi
  refused "a certificate that nobody registered, level $level" "$says" "${tls[@]}" -V $level --cafile "$GODWIT_CA" --cert rogue.pem --key rogue.key
  refused "no certificate, level $level" "$says" "${tls[@]}" -V $level --cafile "$GODWIT_CA"
  refused "another client id than the policy's, level $level" "$says" "${tls[@]}" -V $level --cafile "$GODWIT_CA" "${known[@]}" -i stranger
done
refused "a publish elsewhere at level 3.1.1" 'connection was lost' "${tls[@]}" --cafile "$GODWIT_CA" "${known[@]}" -t elsewhere
denied "a publish elsewhere at level 5" 'Not authorized' "${tls[@]}" -V 5 --cafile "$GODWIT_CA" "${known[@]}" -t elsewhere
denied "a subscription elsewhere" 'All subscription requests were denied' mosquitto_sub "${tls[@]:1:4}" --cafile "$GODWIT_CA" "${known[@]}" -i "$mark-s" -t elsewhere
refused "a server that the client does not trust" 'TLS error' "${tls[@]}" --cafile rogue.pem "${known[@]}"

aws iot update-certificate --certificate-id "${arn##*/}" --new-status REVOKED
refused "a revoked certificate" 'connection was lost' "${tls[@]}" --cafile "$GODWIT_CA" "${known[@]}"
