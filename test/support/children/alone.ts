import { DEFAULT_CONFIG, homePaths, settingsOf, type PeerInit } from '@hither/peer'

/** A peer in a home folder that nobody can reach, and that reaches nobody. */
export function aloneIn(home: string): PeerInit {
  return {
    home: homePaths(home),
    listen: [],
    announce: [],
    mdns: false,
    bootstrap: [],
    trust: [],
    anyone: false,
    volunteer: settingsOf(DEFAULT_CONFIG),
    lasting: true,
  }
}
