/**
 * The runtime inside the isolate: the web platform, and the way in and out for calls. The order matters: undici's classes
 * and whatwg-url take what they need from the globals when they are evaluated.
 */
import './web/first.ts'
import { tame } from './web/rest.ts'
import type { Boot } from './wall/protocol.ts'
import { settleAsk } from './ask.ts'
import { enterLoading } from './call/calls.ts'
import { adopt } from './call/handler.ts'
import { abortCall, endCall, feedCall, invoke, resumeCall, setEnv } from './call/invoke.ts'
import { connect } from './host.ts'
import { defineProperty, freeze, parseJson } from './primordials.ts'
import { startPerformance } from './web/performance-clock.ts'
import { fire } from './web/timers.ts'

function start(env: string): void {
  enterLoading()
  startPerformance()
  const variables = freeze(parseJson(env))
  setEnv(variables)
  // For `process.env`, which the bundle brings itself where it wants Node.js.
  defineProperty(globalThis, Symbol.for('hither.env'), { value: variables })
}

const boot: Boot = (port) => {
  tame()
  connect(port)
  return {
    start,
    adopt,
    invoke,
    feed: feedCall,
    resume: resumeCall,
    fire,
    settle: settleAsk,
    abort: abortCall,
    end: endCall,
  }
}

defineProperty(globalThis, '__hither', { value: boot, configurable: true })
