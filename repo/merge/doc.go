// Package merge makes one repository of several, as mergerepo_c does for Koji:
// builds see the packages of a tag and those of external repositories in one
// place.
//
//	local, err := rpmmd.Open(os.DirFS("/srv/repo/x86_64"), rpmmd.Limits{})
//	if err != nil {
//		return err
//	}
//	sources := []merge.Source{{Repository: local, URL: "file:///srv/repo/x86_64/"}, external}
//	err = rpmmd.ReplaceDir("/srv/merged", func(sink rpmmd.Sink) error {
//		_, err := merge.Write(ctx, sink, sources, merge.Options{Arches: []string{"x86_64"}, Blocked: blocked})
//		return err
//	})
//
// The repositories are read twice: first what their packages are called, which is
// all that the choice depends on and all that stays in memory, then the packages
// themselves, each of which goes on to the writer when its turn comes.
package merge
