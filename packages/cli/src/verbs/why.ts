import { positionals } from '../options.ts'
import { storyWords } from '../terminal/why-words.ts'
import type { Verb } from '../verb.ts'

export const verb: Verb = {
  usage: 'why CALL',
  summary: 'tell how a call went: who was chosen, why, and where its time went',
  options: {},
  async run({ args, out, session }) {
    const [call] = positionals(verb, args, ['CALL'])
    const story = await (await session()).why({ call })
    out.result(story, () => storyWords(story))
  },
}
