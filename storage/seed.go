package storage

import "github.com/kojikit/kojikit/koji"

// Seed calls insert with each row that a Koji database is born with: volume
// DEFAULT, the internal external_repo, permissions, channels, the types of builds
// and archives, and locks. A
// backend uses it when it creates a database. The ids are to be kept, zero
// included.
func Seed(insert func(k *Kind, row any) error) error {
	if err := insert(volumes, &Volume{ID: koji.DefaultVolumeID, Name: koji.DefaultVolume}); err != nil {
		return err
	}
	if err := insert(externalRepos, &ExternalRepo{ID: koji.InternalRepoID, Name: "INTERNAL"}); err != nil {
		return err
	}
	for i, p := range seedPermissions {
		row := Permission{ID: koji.PermissionID(i + 1), Name: p.name, Description: Null(p.description)}
		if err := insert(permissions, &row); err != nil {
			return err
		}
	}
	for i, name := range seedChannels {
		if err := insert(channels, &Channel{ID: koji.ChannelID(i + 1), Name: name, Enabled: true}); err != nil {
			return err
		}
	}
	for i, t := range seedArchiveTypes {
		row := ArchiveType{ID: int64(i + 1), Name: t.name, Description: t.description, Extensions: t.extensions}
		if t.compression != "" {
			row.Compression = Null(t.compression)
		}
		if err := insert(archiveTypes, &row); err != nil {
			return err
		}
	}
	for _, name := range seedLocks {
		if err := insert(locks, &Lock{Name: name}); err != nil {
			return err
		}
	}
	for i, name := range seedBTypes {
		if err := insert(btypes, &BType{ID: koji.BTypeID(i + 1), Name: name}); err != nil {
			return err
		}
	}
	return nil
}

var seedBTypes = []string{"rpm", "maven", "win", "image"}

var seedChannels = []string{"default", "createrepo", "maven", "livecd", "appliance", "vm", "image", "livemedia"}

var seedLocks = []string{"protonmsg-plugin", "repo-queue", "scheduler"}

var seedPermissions = []struct{ name, description string }{
	{"admin", "May do everything."},
	{"appliance", "May run appliance builds."},
	{"dist-repo", "May generate dist repos."},
	{"host", "May manage build hosts and channels."},
	{"image", "May run image builds."},
	{"image-import", "May import image archives."},
	{"livecd", "May run live CD builds."},
	{"maven-import", "May import Maven archives."},
	{"repo", "May manage the states of repositories."},
	{"sign", "May add signatures and write signed copies."},
	{"tag", "May manage tags and their content."},
	{"target", "May manage build targets."},
	{"win-admin", "May run Windows builds on any virtual machine."},
	{"win-import", "May import Windows archives."},
	{"draft-promoter", "May promote draft builds."},
}
