// Package sqlitedb makes the SQLite databases of a repository, version 10 of their
// schema: primary.sqlite, filelists.sqlite and other.sqlite, which hold what the
// XML files hold. Only yum and some scripts read them; yum prefers them.
//
//	w := rpmmd.NewWriter(rpmmd.Options{
//		Profile:   rpmmd.CompatEL7,
//		Databases: sqlitedb.New,
//	})
//	_, err := w.IndexDir(ctx, "/srv/repo", rpmmd.ReadOptions{})
//
// It is a package of its own so that rpmmd does without a database.
package sqlitedb
