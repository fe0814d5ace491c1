import type { Socket } from 'node:net'
import type { Clock, Egress, Profile } from '@hither/core'
import { dial } from './dial.ts'
import { FETCHES_PER_RUNNER_MAX } from './limits.ts'
import { OwnAddresses, type OwnNetworks } from './own-addresses.ts'
import { Policy, type Target } from './policy.ts'
import type { Resolve } from './resolve.ts'

export interface OutboundInit {
  /** What the machine's owner permits now. */
  egress: () => Egress
  resolve: Resolve
  own: OwnNetworks
  now: Clock
}

/** The way out of a whole runner: what it lets pass, and how much at once. */
export class Outbound {
  readonly policy: Policy
  private readonly resolve: Resolve
  private open = 0

  constructor({ egress, resolve, own, now }: OutboundInit) {
    this.policy = new Policy(egress, new OwnAddresses(own, now))
    this.resolve = resolve
  }

  /** Takes a place for one more request. False where there is none. */
  take(): boolean {
    if (this.open >= FETCHES_PER_RUNNER_MAX) return false
    this.open += 1
    return true
  }

  give(): void {
    this.open -= 1
  }

  /** A connection to where a function of this profile may go. Throws `Refused`. */
  async dial(target: Target, profile: Profile, signal: AbortSignal): Promise<Socket> {
    this.policy.checkOpen(profile)
    const check = (address: string): void => this.policy.checkAddress(target, address, profile)
    return dial(target, { resolve: this.resolve, check, signal })
  }
}
