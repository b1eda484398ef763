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
 * @param options - of connect-mongo
 * @returns what opens another store on the same collection
 */
export function mongoStore(options: { readonly touchAfter?: number } = {}): () => MongoStore {
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
    async updateOne({ _id }: Pick<Document, "_id">, { $set }: { $set: Document }, { upsert = false }) {
      const change = structuredClone($set);
      await later();
      const known = documents.get(_id);
      if (known === undefined && !upsert) return { matchedCount: 0, upsertedCount: 0 };
      documents.set(_id, { ...known, ...change });
      return known === undefined
        ? { matchedCount: 0, upsertedCount: 1 }
        : { matchedCount: 1, upsertedCount: 0 };
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
  return () => new MongoStore({ client, ...options });
}
