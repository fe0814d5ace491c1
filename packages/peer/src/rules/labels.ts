import { isNetworkByLabel, membersByLabel, type NamedNetwork, type Rule, type Rules, type Who } from './rules.ts'

/**
 * Rules for a network were kept by its label once, which any other may have too. They become rules for the network of that label that
 * this peer is in, unless that has one; those of a label that it is not in now are dropped, for nobody knows any more which was meant.
 */
export function settleLabels(
  rules: Rules,
  network: NamedNetwork | undefined,
): { rules: Rules; settled: Who[]; dropped: Who[] } {
  const labels = [...new Set([...rules.run.keys(), ...rules.call.keys()])].filter(isNetworkByLabel)
  const settled = labels.filter((who) => membersByLabel(who, network) !== undefined)
  const table = <Caps>(before: ReadonlyMap<Who, Rule<Caps>>): ReadonlyMap<Who, Rule<Caps>> => {
    const byTag = [...before].flatMap(([who, rule]): [Who, Rule<Caps>][] => {
      const members = isNetworkByLabel(who) ? membersByLabel(who, network) : who
      return members === undefined || (members !== who && before.has(members)) ? [] : [[members, rule]]
    })
    return new Map(byTag)
  }
  return {
    rules: { run: table(rules.run), call: table(rules.call) },
    settled,
    dropped: labels.filter((who) => !settled.includes(who)),
  }
}
