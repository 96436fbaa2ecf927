// Package sqlstore keeps the records of a store in an SQL database: everything
// that the backends for PostgreSQL and SQLite have in common. Package postgres
// and package sqlite open databases and tell in a [Dialect] what is different
// about theirs.
//
//	backend := sqlstore.New(sqlstore.Config{
//		Readers: bun.NewDB(readers, sqlitedialect.New()),
//		Writers: bun.NewDB(writer, sqlitedialect.New()),
//		Dialect: dialect{},
//	})
//	store := storage.New(backend)
//
// # Transactions
//
// A transaction holds one connection from beginning to end. Rows are taken from
// it while a loop runs, one by one. When the loop's body makes another call, the
// connection is needed for that: the rows that are still to come are then read
// into memory first. A loop over a large table that calls nothing inside is a
// stream; one that does costs memory for the rest of its rows.
//
// # Events
//
// Whoever takes an event holds a lock until the end of the transaction, so ids
// become visible in ascending order.
package sqlstore
