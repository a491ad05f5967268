// The CBOR of MQTT file streams and no more: maps, text, byte strings and unsigned integers (RFC 8949, sections 3.1 and 3.2).

function head(major, value) {
  if (value < 24) return Buffer.from([(major << 5) | value]);
  const [info, bytes] = value < 0x100 ? [24, 1] : value < 0x10000 ? [25, 2] : [26, 4];
  const out = Buffer.alloc(1 + bytes);
  out[0] = (major << 5) | info;
  out.writeUIntBE(value, 1, bytes);
  return out;
}

/** A map of texts to unsigned integers, texts and byte strings. */
export function encode(map) {
  const text = (value) => Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  const parts = [head(5, Object.keys(map).length)];
  for (const [key, value] of Object.entries(map)) {
    parts.push(text(key), typeof value === 'number' ? head(0, value) : typeof value === 'string' ? text(value) : Buffer.concat([head(2, value.length), value]));
  }
  return Buffer.concat(parts);
}

/** One data item that fills the buffer; anything behind it is an error. */
export function decode(buffer) {
  let at = 0;
  const take = (count) => {
    if (at + count > buffer.length) throw new Error(`CBOR ends ${at + count - buffer.length} bytes early`);
    at += count;
    return buffer.subarray(at - count, at);
  };
  const item = () => {
    const [first] = take(1);
    const [major, info] = [first >> 5, first & 31];
    const length = info < 24 ? info : info <= 26 ? take(1 << (info - 24)).readUIntBE(0, 1 << (info - 24)) : info === 31 ? Infinity : NaN;
    if (Number.isNaN(length)) throw new Error(`CBOR head 0x${first.toString(16)} is not part of a stream's messages`);
    switch (major) {
      case 0: return length;
      case 2: return take(length);
      case 3: return take(length).toString();
      case 4: return Array.from({ length }, item);
      case 5: {
        const map = {};
        for (let i = 0; i < length && buffer[at] !== 0xff; i++) {
          const key = item();
          map[key] = item();
        }
        if (length === Infinity) take(1);
        return map;
      }
      default: throw new Error(`CBOR major type ${major} is not part of a stream's messages`);
    }
  };
  const value = item();
  if (at !== buffer.length) throw new Error(`${buffer.length - at} bytes lie behind the CBOR item`);
  return value;
}
