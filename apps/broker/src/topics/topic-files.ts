import type { Storage } from '@yak/log'
import { logsFolder, partitionFolder } from '../data-folder/data-folder.ts'

/** The folders of topics on the disk, which follow the metadata log and never lead it. */
export class TopicFiles {
  readonly #storage: Storage

  constructor(storage: Storage) {
    this.#storage = storage
  }

  /** Ids of the topics that have files here, whether they exist or not. */
  async topicsOnDisk(): Promise<Set<string>> {
    await this.#storage.createFolder(logsFolder)
    const names = await this.#storage.listFolders(logsFolder)
    return new Set(names.map((name) => name.slice(0, name.lastIndexOf('-'))))
  }

  /** Removes the logs of a topic whose deletion is on record. Doing it again is harmless. */
  async remove(topicId: string, partitions: number): Promise<void> {
    for (let partition = 0; partition < partitions; partition++) {
      await this.#storage.removeFolder(partitionFolder(topicId, partition))
    }
    await this.#storage.syncFolder(logsFolder)
  }
}
