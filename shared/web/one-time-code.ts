// One-time codes that people read from one screen and type into another.
import type {Buffer} from 'node:buffer';
import {sha256} from '../journal/chain.ts';

/** 60 bits, and no two signs that look alike: no I, L, O, U. */
const SIGNS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const LENGTH = 12;
const GROUP = 4;

/** Such as `7K3M-0QXA-VN5D`. */
export function newCode(randomBytes: (bytes: number) => Buffer): string {
  const signs = [...randomBytes(LENGTH)].map((byte) => SIGNS.charAt(byte % SIGNS.length)).join('');
  return signs.replaceAll(new RegExp(`(.{${GROUP}})(?=.)`, 'g'), '$1-');
}

/** What is kept of a code: of any spelling of it that people type. */
export function hashOfCode(typed: string): Buffer {
  return sha256(bareCode(typed));
}

/** Small letters, other dashes, spaces, O for 0 and I or L for 1. */
function bareCode(typed: string): string {
  return typed
    .toUpperCase()
    .replaceAll(/[\s\p{Pd}]/gu, '')
    .replaceAll('O', '0')
    .replaceAll(/[IL]/g, '1');
}
