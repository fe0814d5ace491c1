import {
  cidOf,
  DEFAULT_LIMITS,
  PROFILES,
  readWhole,
  wholeShare,
  type Job,
  type Limits,
  type Profile,
  type Runner,
} from '@hither/core'
import { sandbox, type SandboxComponents, type SandboxInit } from '@hither/sandbox'
import { describe, onTestFinished } from 'vitest'

/** Runs the cases once in each profile, as strangers and trusted publishers would run them. */
export function inBothProfiles(cases: (profile: Profile) => void): void {
  describe.each(PROFILES)('%s', (profile) => {
    cases(profile)
  })
}

/** A runner as `fn up` makes it, which ends with the test. */
export async function jail(init: Partial<SandboxInit> = {}, components: SandboxComponents = {}): Promise<Runner> {
  const runner = sandbox({ cores: 2, memoryMb: 2048, ...init })(components)
  onTestFinished(() => runner.stop())
  await runner.start()
  return runner
}

export interface HostileInit extends Partial<
  Pick<Job, 'cordon' | 'profile' | 'caller' | 'share' | 'request' | 'body' | 'remainingMs'>
> {
  limits?: Partial<Limits>
}

/** A call of a function whose bundle is this text. The same text is the same function. */
export async function hostileJob(text: string, init: HostileInit = {}): Promise<Job> {
  const { limits, ...more } = init
  const cid = await cidOf(new TextEncoder().encode(text), 'raw')
  return {
    cid,
    manifest: {
      bundle: cid,
      exports: ['default'],
      limits: { ...DEFAULT_LIMITS, ...limits },
      egress: [],
      effects: 'undeclared',
      needs: [],
      env: {},
      visibility: 'public',
      compat: '2026-11-22',
    },
    code: async () => text,
    cordon: 'hostile',
    profile: 'strangers',
    caller: 'caller',
    share: () => wholeShare(init.cordon ?? 'hostile'),
    request: { method: 'GET', url: 'http://hostile.test/', headers: [] },
    body: new Uint8Array(0),
    remainingMs: 60_000,
    ...more,
  }
}

/** An answer's text. */
export async function answer(runner: Runner, job: Job): Promise<string> {
  const { body } = await runner.run(job)
  return new TextDecoder().decode(await readWhole(body))
}
