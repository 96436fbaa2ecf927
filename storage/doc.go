// Package storage is the store contract: the records of a Koji database as
// typed tables of one shape, read and written in transactions.
//
// A [Store] is a portable type over a small [Backend]. The backends in the
// packages below this one (memory, and SQL ones) differ in where rows live and
// in nothing else; package storagetest holds the suite that each must pass.
//
//	store := memory.Open(memory.Options{})
//	err := store.Update(ctx, func(tx *storage.Tx) error {
//		pkg := storage.Package{Name: "bash"}
//		return tx.Packages().Insert(ctx, &pkg) // sets pkg.ID
//	})
//	err = store.View(ctx, func(tx *storage.Tx) error {
//		builds, err := tx.Builds().List(ctx, storage.BuildFilter{State: storage.Is(koji.BuildComplete)})
//		...
//	})
//
// # Tables
//
// Every table answers the same questions: Get, List, Each, Count, Insert,
// Update, Delete ([Table]). Filters are plain structs of [Match] fields; the
// zero Match accepts every row. Table, column and constraint names are those of
// Koji's PostgreSQL schema.
//
// # Versions
//
// Tables of tag content, permissions and the like are [Versioned]: a row is
// never changed, it is revoked and another one inserted, both at the event of
// the transaction ([Tx.Event]). Such a table can be read at any past event. An
// event becomes visible only when every lower one is final, so what a read at a
// past event answers never changes and may be cached for ever; only the fields
// that say when and by whom a row was revoked, in time, will be filled in.
//
// # Transactions
//
// [Store.View] reads one consistent snapshot. [Store.Update] either commits
// everything its function did or, when that returns an error or panics,
// nothing; [Tx.Try] does the same for a part. A [Tx] belongs to one goroutine
// and must not outlive its function. A Store is safe for concurrent use.
//
// What several programs must not do at once is kept apart by named locks
// ([Tx.Lock]); [Store.Watch] tells when anybody has committed something.
package storage
