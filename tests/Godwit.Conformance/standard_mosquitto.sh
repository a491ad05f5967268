#!/usr/bin/env bash
# mosquitto's clients against --mqtt-profile standard: QoS 2, retained messages for wildcards, subscription identifiers, long topics, $SYS.
set -euo pipefail
die() { echo "$*"; exit 1; }
same() { [ "$2" = "$3" ] || die "$1: expected '$3', found '$2'"; }
mark=std-$$-$RANDOM
for level in 311 5; do
  to=(-h 127.0.0.1 -p "$GODWIT_STANDARD_PORT" -V "$level")
  topic=$mark/$level/$(printf 'level/%.0s' {1..30})end
  mosquitto_pub "${to[@]}" -q 2 -r -t "$topic" -m kept
  same "retained at QoS 2 by a wildcard at $level" "$(timeout 10 mosquitto_sub "${to[@]}" -q 2 -t "$mark/$level/#" -C 1 -F '%r %q %p')" '1 2 kept'
  mosquitto_pub "${to[@]}" -r -n -t "$topic"
  # A client id that AWS would refuse, a session that waits, QoS 2 in order.
  id="\$any-$mark-$level-$(printf 'x%.0s' {1..150})"
  expiry=()
  [ $level = 311 ] || expiry=(-x 300)
  timeout 10 mosquitto_sub "${to[@]}" -i "$id" -c "${expiry[@]}" -q 2 -t "$mark/$level/away" -E
  for i in 1 2 3 4 5; do mosquitto_pub "${to[@]}" -q 2 -t "$mark/$level/away" -m "$i"; done
  same "what waited at $level" "$(timeout 10 mosquitto_sub "${to[@]}" -i "$id" -c "${expiry[@]}" -q 2 -t "$mark/$level/away" -C 5 | tr '\n' ' ')" '1 2 3 4 5 '
  timeout 10 mosquitto_sub "${to[@]}" -t '$SYS/#' -E || die "\$SYS/# was refused at $level"
done
found=$(timeout 10 mosquitto_sub -h 127.0.0.1 -p "$GODWIT_STANDARD_PORT" -V 5 -D subscribe subscription-identifier 7 -t "$mark/id" -E -d 2>&1) || die "a subscription identifier was refused: $found"
