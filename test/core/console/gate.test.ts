import {expect, test} from 'vitest';
import {cookieOf, isHost, isLoopback, ownPath, protection, setCookie} from '../../../shared/web/gate.ts';

test('over TLS the cookie is bound to this host and to TLS', () => {
  expect(setCookie({kind: 'begin', secret: 'S'}, true)).toBe('__Host-spbs=S; Path=/; HttpOnly; SameSite=Strict; Secure');
  expect(setCookie({kind: 'end'}, true)).toBe('__Host-spbs=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict; Secure');
});

test('over TLS browsers are told to stay with it, over plain HTTP they are not', () => {
  expect(protection(true).strictTransportSecurity).toEqual({maxAge: 31_536_000, includeSubDomains: false});
  expect(protection(false).strictTransportSecurity).toBe(false);
});

test.for([
  ['spbs=abc', 'abc'],
  ['a=1; spbs=abc; b=2', 'abc'],
  ['xspbs=abc', undefined],
  ['spbs=first; spbs=second', 'first'],
  ['spbs', undefined],
  ['spbs=', ''],
  ['', undefined],
  [undefined, undefined],
] as const)('of the cookies %j ours is %j', ([header, value]) => {
  expect(cookieOf(header, 'spbs')).toBe(value);
});

test.for([
  ['box.hall.example', true],
  ['box:8480', true],
  ['10.0.0.7:8480', true],
  ['[2001:db8::1]:8480', true],
  ['', false],
  ['a b', false],
  ['box:8480:1', false],
  ['box/../x', false],
  ['-box', false],
  ['<script>', false],
  ['x'.repeat(300), false],
  [undefined, false],
] as const)('the host %j is one: %s', ([host, is]) => {
  expect(isHost(host)).toBe(is);
});

test.for([
  ['127.0.0.1', 'localhost:8480', true],
  ['127.0.0.1', '127.0.0.1', true],
  ['::1', '[::1]:8480', true],
  ['::ffff:127.0.0.1', 'LOCALHOST', true],
  ['127.0.0.1', 'box.example', false],
  ['127.0.0.1', 'localhost.evil.example', false],
  ['127.0.0.1', '127.0.0.1.evil.example', false],
  ['127.0.0.1', undefined, false],
  ['10.0.0.7', 'localhost', false],
  [undefined, 'localhost', false],
] as const)('from %s as %s is from this machine: %s', ([address, host, is]) => {
  expect(isLoopback(address, host)).toBe(is);
});

test.for([
  ['/', '/'],
  ['/lines/2101?show=locked&find=21', '/lines/2101?show=locked&find=21'],
  ['/accounts/a%2Fb', '/accounts/a%2Fb'],
  ['//evil.example', '/'],
  ['/\\evil.example', '/'],
  ['\\\\evil.example', '/'],
  ['https://evil.example', '/'],
  ['lines', '/'],
  ['/a\r\nSet-Cookie: x=1', '/'],
  ['/\t/evil.example', '/'],
  [`/${'x'.repeat(3_000)}`, '/'],
  [undefined, '/'],
] as const)('after signing in %j leads to %j', ([wish, path]) => {
  expect(ownPath(wish)).toBe(path);
});
