#!/usr/bin/env bash
# openssl s_client as devices' TLS stacks behave: which chain, which versions, which suites, with ECDSA keys and with RSA keys.
# Small stacks have TLS 1.2, P-256 and AES-128-GCM only; old ones have CBC and no ECDSA.
set -euo pipefail
die() { echo "$*"; exit 1; }
dial() { # host port, then s_client's options — prints the session; fails if there is none
  local host=$1 port=$2
  shift 2
  timeout 10 openssl s_client -connect "$host:$port" -CAfile "$ca" -verify_return_error "$@" </dev/null 2>&1
}
ca=$GODWIT_CA
has() { grep -Eq -- "$2" <<<"$session" || die "$1: expected /$2/, found: $session"; }
fails() { # what pattern host port options
  local what=$1 says=$2
  shift 2
  if session=$(dial "$@"); then die "$what: the handshake succeeded: $session"; fi
  has "$what" "$says"
}

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout other.key -out other.pem -subj /CN=other -days 30 2>/dev/null
openssl verify -CAfile "$GODWIT_CA" "$GODWIT_CA" >/dev/null
for port in "$GODWIT_MQTT_PORT" "$GODWIT_HTTPS_PORT"; do
  session=$(dial localhost "$port" -servername localhost -verify_hostname localhost) || die "localhost:$port: $session"
  has "localhost:$port" 'Verify return code: 0 \(ok\)'
  has "localhost:$port, key" 'Server public key is 256 bit'
  session=$(dial 127.0.0.1 "$port" -noservername -verify_ip 127.0.0.1) || die "127.0.0.1:$port without SNI: $session"
  has "127.0.0.1:$port without SNI" 'Verify return code: 0 \(ok\)'
  fails "$port by a name that is not the server's" 'hostname mismatch' localhost "$port" -servername localhost -verify_hostname files.example
  fails "$port by a device that trusts another CA" 'certificate verify failed' localhost "$port" -CAfile other.pem

  session=$(dial localhost "$port" -tls1_2 -cipher ECDHE-ECDSA-AES128-GCM-SHA256 -curves P-256 -sigalgs ECDSA+SHA256) || die "a small device on $port: $session"
  has "version of a small device on $port" 'New, TLSv1.2, Cipher is ECDHE-ECDSA-AES128-GCM-SHA256'
  has "curve of a small device on $port" 'Server Temp Key: ECDH, (prime256v1|P-256), 256 bits'
  session=$(dial localhost "$port" -tls1_3) || die "TLS 1.3 on $port: $session"
  has "version on $port" 'New, TLSv1.3, Cipher is TLS_'
  for old in -tls1_1 -tls1; do
    fails "$old on $port" 'alert protocol version' localhost "$port" $old -cipher 'ALL:@SECLEVEL=0'
  done
  fails "a suite without forward secrecy on $port" 'alert handshake failure' localhost "$port" -tls1_2 -cipher AES128-GCM-SHA256
done

# Devices that were built for port 443 offer a protocol by ALPN wherever they connect.
for protocol in x-amzn-mqtt-ca mqtt x-amzn-http-ca; do
  session=$(dial localhost "$GODWIT_MQTT_PORT" -alpn $protocol) || die "ALPN $protocol: $session"
done
session=$(dial localhost "$GODWIT_HTTPS_PORT" -alpn x-amzn-http-ca) || die "ALPN x-amzn-http-ca: $session"
has "ALPN on the HTTPS port" 'ALPN protocol: x-amzn-http-ca'

# A device that begins anew within its session (CVE-2009-3555, and a way to make the server compute) is told no.
session=$( (echo R; sleep 0.3) | timeout 10 openssl s_client -connect "localhost:$GODWIT_MQTT_PORT" -tls1_2 -CAfile "$ca" 2>&1 || true)
has "renegotiation" 'RENEGOTIATING'
has "renegotiation is refused" 'no renegotiation|unexpected|alert|errno|closed'

# The server asks for a certificate without naming authorities, so that its hello stays small.
session=$(dial localhost "$GODWIT_MQTT_PORT" -tls1_2)
has "authorities named to devices" 'No client certificate CA names sent'
has "the request for a certificate" 'Client Certificate Types: .*ECDSA sign'
[ "$(grep -c '^ *[0-9] s:' <<<"$session")" -le 2 ] || die "the server's chain is longer than leaf and one issuer: $session"

# CBC, for older builds.
for suite in ECDHE-ECDSA-AES128-SHA256 ECDHE-ECDSA-AES128-SHA; do
  session=$(dial localhost "$GODWIT_MQTT_PORT" -tls1_2 -cipher "$suite") || die "$suite: $session"
  has "$suite" "Cipher is $suite"
done

# The other service has RSA keys: no step of its handshake needs ECDSA, and /ca.pem is the CA to trust.
ca=$GODWIT_RSA_CA
curl -sf "$GODWIT_RSA_ENDPOINT/ca.pem" | cmp - "$ca"
openssl x509 -in "$ca" -noout -text | grep -q 'Signature Algorithm: sha256WithRSAEncryption'
for port in "$GODWIT_RSA_MQTT_PORT" "$GODWIT_RSA_HTTPS_PORT"; do
  for suite in ECDHE-RSA-AES128-GCM-SHA256 ECDHE-RSA-AES256-GCM-SHA384 ECDHE-RSA-AES128-SHA256 ECDHE-RSA-AES128-SHA; do
    session=$(dial localhost "$port" -noservername -tls1_2 -cipher "$suite" -sigalgs RSA+SHA256 -verify_hostname localhost) || die "$suite on $port: $session"
    has "$suite on $port" "Cipher is $suite"
    has "key on $port" 'Server public key is 2048 bit'
  done
  session=$(dial localhost "$port" -tls1_3 -sigalgs rsa_pss_rsae_sha256:RSA+SHA256) || die "TLS 1.3 with RSA on $port: $session"
  has "version with RSA on $port" 'New, TLSv1.3, Cipher is TLS_'
  fails "RSA key exchange on $port" 'alert handshake failure' localhost "$port" -tls1_2 -cipher AES128-GCM-SHA256
  fails "a device with ECDSA only on $port" 'alert handshake failure' localhost "$port" -tls1_2 -cipher ECDHE-ECDSA-AES128-GCM-SHA256
done
session=$(dial localhost "$GODWIT_RSA_HTTPS_PORT" -alpn x-amzn-mqtt-ca) || die "ALPN with RSA: $session"
has "ALPN with RSA" 'ALPN protocol: x-amzn-mqtt-ca'
