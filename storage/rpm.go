package storage

import (
	"database/sql"

	"github.com/kojikit/kojikit/koji"
)

// RPM is one rpm of a build, or of an external repository.
type RPM struct {
	ID           koji.RPMID                 `db:"id"`
	Build        sql.Null[koji.BuildID]     `db:"build_id"`     // null for external rpms
	Buildroot    sql.Null[koji.BuildrootID] `db:"buildroot_id"` // null for imported rpms
	Name         string                     `db:"name"`
	Version      string                     `db:"version"`
	Release      string                     `db:"release"`
	Epoch        sql.Null[int]              `db:"epoch"`
	Arch         string                     `db:"arch"`  // "src" for source packages
	Draft        sql.Null[bool]             `db:"draft"` // that of the build; null for external rpms
	ExternalRepo koji.ExternalRepoID        `db:"external_repo_id"`
	PayloadHash  string                     `db:"payloadhash"` // hex of SIGMD5: md5 over main header and payload
	Size         int64                      `db:"size"`        // bytes of the file
	BuildTime    int64                      `db:"buildtime"`   // seconds since the epoch
	MetadataOnly bool                       `db:"metadata_only"`
	Extra        sql.Null[string]           `db:"extra"` // JSON text
}

// NVRA returns the rpm's name, version, release and architecture.
func (r *RPM) NVRA() koji.NVRA {
	return koji.NVRA{NVR: koji.NVR{Name: r.Name, Version: r.Version, Release: r.Release}, Arch: r.Arch}
}

// check refuses what the schema forbids.
func (r *RPM) check() error {
	internal := r.ExternalRepo == koji.InternalRepoID
	if r.Build.Valid != internal || r.Draft.Valid != internal {
		return koji.Errorf(koji.ErrInvalid, koji.FaultGeneric,
			"rpm %s must have either a build and its draft flag, or an external repository", r.NVRA())
	}
	return nil
}

// RPMFilter selects rpms.
type RPMFilter struct {
	ID           Match[koji.RPMID]          `db:"id"`
	Build        Match[koji.BuildID]        `db:"build_id"`
	Name         Match[string]              `db:"name"`
	Version      Match[string]              `db:"version"`
	Release      Match[string]              `db:"release"`
	Arch         Match[string]              `db:"arch"`
	Draft        Match[bool]                `db:"draft"`
	ExternalRepo Match[koji.ExternalRepoID] `db:"external_repo_id"`
}

var rpms = define[RPM, RPMFilter](Kind{
	Table: "rpminfo", Key: []string{"id"}, Serial: true,
	// Drafts of one target release may hold the same NVRA side by side.
	Unique: []Unique{{Columns: []string{"name", "version", "release", "arch", "external_repo_id"}, Unless: "draft"}},
	Index:  [][]string{{"build_id"}, {"name", "version", "release", "arch", "external_repo_id"}},
	Refs:   []Ref{{"build_id", "build"}, {"buildroot_id", "buildroot"}, {"external_repo_id", "external_repo"}},
})

// RPMs is the table of rpms.
func (tx *Tx) RPMs() Table[RPM, RPMFilter] { return Table[RPM, RPMFilter]{tx, rpms} }

// RPMSignature is one signature header known for an rpm.
type RPMSignature struct {
	RPM     koji.RPMID `db:"rpm_id"`
	SigKey  string     `db:"sigkey"`  // 8 lower-case hex digits; empty for the unsigned header
	SigHash string     `db:"sighash"` // hex md5 of the signature header with its padding
}

// RPMSignatureFilter selects signatures.
type RPMSignatureFilter struct {
	RPM    Match[koji.RPMID] `db:"rpm_id"`
	SigKey Match[string]     `db:"sigkey"`
}

var rpmSignatures = define[RPMSignature, RPMSignatureFilter](Kind{
	Table: "rpmsigs", Key: []string{"rpm_id", "sigkey"}, Refs: []Ref{{"rpm_id", "rpminfo"}},
})

// RPMSignatures is the table of signatures.
func (tx *Tx) RPMSignatures() Table[RPMSignature, RPMSignatureFilter] {
	return Table[RPMSignature, RPMSignatureFilter]{tx, rpmSignatures}
}

// RPMChecksum is a checksum of a whole rpm file: of the copy that carries the
// signature of a key.
type RPMChecksum struct {
	RPM      koji.RPMID        `db:"rpm_id"`
	SigKey   string            `db:"sigkey"`
	Checksum string            `db:"checksum"` // hex
	Type     koji.ChecksumType `db:"checksum_type"`
}

// RPMChecksumFilter selects checksums.
type RPMChecksumFilter struct {
	RPM    Match[koji.RPMID]        `db:"rpm_id"`
	SigKey Match[string]            `db:"sigkey"`
	Type   Match[koji.ChecksumType] `db:"checksum_type"`
}

var rpmChecksums = define[RPMChecksum, RPMChecksumFilter](Kind{
	Table: "rpm_checksum", Key: []string{"rpm_id", "sigkey", "checksum_type"},
	Unique: []Unique{{Columns: []string{"checksum"}}},
	Refs:   []Ref{{"rpm_id", "rpminfo"}},
})

// RPMChecksums is the table of rpm checksums.
func (tx *Tx) RPMChecksums() Table[RPMChecksum, RPMChecksumFilter] {
	return Table[RPMChecksum, RPMChecksumFilter]{tx, rpmChecksums}
}
