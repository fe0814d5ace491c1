import { TextDecoder, TextDecoderStream, TextEncoder, TextEncoderStream } from '@exodus/bytes/encoding.js'
import * as streams from 'web-streams-polyfill'
import { console } from '../console/console.ts'
import { expose, exposeInterfaces, makeNamespace } from '../expose.ts'
import { AbortController, AbortSignal } from './abort.ts'
import { atob, btoa } from './base64.ts'
import { Blob, File } from './blob.ts'
import { CompressionStream, DecompressionStream } from './compression.ts'
import { crypto, Crypto } from './crypto.ts'
import { CryptoKey } from './crypto-key.ts'
import { DOMException } from './dom-exception.ts'
import { ErrorEvent, PromiseRejectionEvent } from './error-events.ts'
import { CustomEvent, Event } from './event.ts'
import { EventTarget } from './event-target.ts'
import { MessageChannel, MessagePort } from './message-channel.ts'
import { MessageEvent } from './message-event.ts'
import { queueMicrotask } from './microtask.ts'
import { Navigator, navigator } from './navigator.ts'
import { performance, Performance } from './performance.ts'
import { QuotaExceededError } from './quota-exceeded-error.ts'
import { addEventListener, addHandlers, dispatchEvent, removeEventListener, reportError } from './scope.ts'
import { structuredClone } from './structured-clone.ts'
import { SubtleCrypto } from './subtle.ts'
import { clearInterval, clearTimeout, setInterval, setTimeout } from './timers.ts'

/** All globals that need no other: the ground that the libraries of `rest` stand on. */

expose({ ...streams })
expose({ TextDecoder, TextDecoderStream, TextEncoder, TextEncoderStream })
exposeInterfaces({ AbortController, AbortSignal, DOMException, EventTarget, QuotaExceededError })
exposeInterfaces({ CustomEvent, ErrorEvent, Event, MessageEvent, PromiseRejectionEvent })
exposeInterfaces({ Blob, File, MessageChannel, MessagePort, Navigator, Performance })
exposeInterfaces({ CompressionStream, Crypto, CryptoKey, DecompressionStream, SubtleCrypto })
expose({ atob, btoa, clearInterval, clearTimeout, queueMicrotask, setInterval, setTimeout, structuredClone })
expose({ addEventListener, dispatchEvent, removeEventListener, reportError })
expose({ console: makeNamespace('console', console), crypto, navigator, performance, self: globalThis })
addHandlers()
