package sqlitedb

import "strings"

// lists are the tables of dependencies in primary.sqlite.
var lists = [...]string{"requires", "provides", "conflicts", "obsoletes", "suggests", "enhances", "recommends", "supplements"}

const infoTable = "CREATE TABLE db_info (dbversion INTEGER, checksum TEXT);\n"

// primarySchema returns the tables of primary.sqlite.
func primarySchema() string {
	var b strings.Builder
	b.WriteString(infoTable)
	b.WriteString(`CREATE TABLE packages (pkgKey INTEGER PRIMARY KEY, pkgId TEXT, name TEXT, arch TEXT, version TEXT, epoch TEXT, release TEXT,
summary TEXT, description TEXT, url TEXT, time_file INTEGER, time_build INTEGER, rpm_license TEXT, rpm_vendor TEXT, rpm_group TEXT,
rpm_buildhost TEXT, rpm_sourcerpm TEXT, rpm_header_start INTEGER, rpm_header_end INTEGER, rpm_packager TEXT, size_package INTEGER,
size_installed INTEGER, size_archive INTEGER, location_href TEXT, location_base TEXT, checksum_type TEXT);
CREATE TABLE files (name TEXT, type TEXT, pkgKey INTEGER);
`)
	for _, list := range lists {
		b.WriteString("CREATE TABLE " + list + " (name TEXT, flags TEXT, epoch TEXT, version TEXT, release TEXT, pkgKey INTEGER")
		if list == "requires" {
			b.WriteString(", pre BOOLEAN DEFAULT FALSE")
		}
		b.WriteString(");\n")
	}
	b.WriteString("CREATE TRIGGER removals AFTER DELETE ON packages BEGIN\nDELETE FROM files WHERE pkgKey = old.pkgKey;\n")
	for _, list := range lists {
		b.WriteString("DELETE FROM " + list + " WHERE pkgKey = old.pkgKey;\n")
	}
	b.WriteString("END;\n")
	return b.String()
}

// primaryIndexes returns the indexes of primary.sqlite.
func primaryIndexes() string {
	var b strings.Builder
	b.WriteString(`CREATE INDEX packagename ON packages (name);
CREATE INDEX packageId ON packages (pkgId);
CREATE INDEX filenames ON files (name);
CREATE INDEX pkgfiles ON files (pkgKey);
`)
	for _, list := range lists {
		b.WriteString("CREATE INDEX pkg" + list + " ON " + list + " (pkgKey);\n")
		if list == "requires" || list == "provides" {
			b.WriteString("CREATE INDEX " + list + "name ON " + list + " (name);\n")
		}
	}
	return b.String()
}

const filelistsSchema = infoTable + `CREATE TABLE packages (pkgKey INTEGER PRIMARY KEY, pkgId TEXT);
CREATE TABLE filelist (pkgKey INTEGER, dirname TEXT, filenames TEXT, filetypes TEXT);
CREATE TRIGGER remove_filelist AFTER DELETE ON packages BEGIN
DELETE FROM filelist WHERE pkgKey = old.pkgKey;
END;
`

const filelistsIndexes = `CREATE INDEX keyfile ON filelist (pkgKey);
CREATE INDEX pkgId ON packages (pkgId);
CREATE INDEX dirnames ON filelist (dirname);
`

const otherSchema = infoTable + `CREATE TABLE packages (pkgKey INTEGER PRIMARY KEY, pkgId TEXT);
CREATE TABLE changelog (pkgKey INTEGER, author TEXT, date INTEGER, changelog TEXT);
CREATE TRIGGER remove_changelogs AFTER DELETE ON packages BEGIN
DELETE FROM changelog WHERE pkgKey = old.pkgKey;
END;
`

const otherIndexes = `CREATE INDEX keychange ON changelog (pkgKey);
CREATE INDEX pkgId ON packages (pkgId);
`
