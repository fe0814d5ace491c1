import { TextDecoder, TextDecoderStream, TextEncoder, TextEncoderStream } from '@exodus/bytes/encoding.js'
import * as streams from 'web-streams-polyfill'
import { console } from '../console/console.ts'
import { expose } from '../expose.ts'
import { AbortController, AbortSignal } from './abort.ts'
import { atob, btoa } from './base64.ts'
import { Blob, File } from './blob.ts'
import { crypto, Crypto } from './crypto.ts'
import { CryptoKey } from './crypto-key.ts'
import { DOMException } from './dom-exception.ts'
import { CustomEvent, Event } from './event.ts'
import { EventTarget } from './event-target.ts'
import { queueMicrotask } from './microtask.ts'
import { performance, Performance } from './performance.ts'
import { structuredClone } from './structured-clone.ts'
import { SubtleCrypto } from './subtle.ts'
import { clearInterval, clearTimeout, setInterval, setTimeout } from './timers.ts'

/** All globals that need no other: the ground that the libraries of `rest` stand on. */

expose({ ...streams })
expose({ TextDecoder, TextDecoderStream, TextEncoder, TextEncoderStream })
expose({ AbortController, AbortSignal, CustomEvent, DOMException, Event, EventTarget })
expose({ Blob, Crypto, CryptoKey, File, Performance, SubtleCrypto })
expose({ atob, btoa, clearInterval, clearTimeout, queueMicrotask, setInterval, setTimeout, structuredClone })
expose({ console, crypto, performance, self: globalThis })
