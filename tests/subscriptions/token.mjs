// Access tokens as users signs them, with another expiry: nobody can wait for a quarter of an hour.

import { createPrivateKey, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** The same token, which holds for so many seconds from now. */
export function expiring(token, seconds) {
  const key = createPrivateKey(readFileSync(process.env.USERS_SIGNING_KEY_FILE));
  const [header, body] = token.split('.');
  const claims = JSON.parse(Buffer.from(body, 'base64url'));
  claims.exp = Math.floor(Date.now() / 1000) + seconds;
  const signed = `${header}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
  return `${signed}.${sign(null, Buffer.from(signed), key).toString('base64url')}`;
}
