import type { Topic } from './topic.ts'

/** In the order in which they are measured. A topic is loaded when it is its turn. */
export const TOPICS: Record<string, () => Promise<{ topic: Topic }>> = {
  calls: () => import('./calls.ts'),
  gateway: () => import('./gateway.ts'),
  cold: () => import('./cold.ts'),
}
