// Package remote reads repositories from web servers. A download that breaks off is
// resumed where it ended.
//
//	files, err := remote.New(ctx, "https://example.org/fedora/x86_64/os", remote.Options{})
//	if err != nil {
//		return err
//	}
//	repository, err := rpmmd.Open(files, rpmmd.Limits{})
//
// Checksums are not verified here: [rpmmd.Repository] verifies those of all that
// repomd.xml lists.
package remote
