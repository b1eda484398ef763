import MongoStore from "connect-mongo";
import type { MongoClient } from "mongodb";

interface Document {
  _id: string;
  session: unknown;
  expires: Date;
}

/**
 * connect-mongo itself, on what it uses of a MongoDB collection. Documents are copied on their way in and out, and each
 * answer comes in a later turn of the event loop, as a server's would.
 *
 * @returns what opens another store on the same collection
 */
export function mongoStore(): () => MongoStore {
  const documents = new Map<string, Document>();
  const later = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const live = ({ expires }: Document): boolean => expires.getTime() > Date.now();
  const collection = {
    async createIndex() {
      await later();
    },
    async findOne({ _id }: Pick<Document, "_id">) {
      await later();
      const document = documents.get(_id);
      return document !== undefined && live(document) ? structuredClone(document) : null;
    },
    async updateOne(_filter: unknown, { $set }: { $set: Document }) {
      const document = structuredClone($set);
      await later();
      const upsertedCount = documents.has(document._id) ? 0 : 1;
      documents.set(document._id, document);
      return { upsertedCount };
    },
    async deleteOne({ _id }: Pick<Document, "_id">) {
      await later();
      documents.delete(_id);
    },
    async *find() {
      await later();
      for (const document of [...documents.values()].filter(live)) yield structuredClone(document);
    },
  };
  const client = { db: () => ({ collection: () => collection }) } as unknown as MongoClient;
  return () => new MongoStore({ client });
}
