package rpmfile

import "strconv"

// Tag is the number of an entry in a [Header]. The main header and the
// signature header number their tags independently, so that a constant named
// SigTag means nothing in the main header, and the other way round.
type Tag uint32

// Tags that either header may carry: the region markers, whose 16 bytes of data
// tell which part of the header was there when it was made. They are listed as
// any other entry and nothing else is derived from them.
const (
	TagHeaderSignatures Tag = 62 // region of a signature header
	TagHeaderImmutable  Tag = 63 // region of a main header
)

// Tags of the signature header.
const (
	SigTagDSA             Tag = 267  // OpenPGP signature over the main header, any algorithm but RSA
	SigTagRSA             Tag = 268  // OpenPGP signature over the main header, RSA
	SigTagSHA1            Tag = 269  // hex digest of the main header
	SigTagLongSize        Tag = 270  // as SigTagSize, 64 bits
	SigTagLongArchiveSize Tag = 271  // as SigTagPayloadSize, 64 bits
	SigTagSHA256          Tag = 273  // hex digest of the main header
	SigTagFileSignatures  Tag = 274  // IMA signature of each file
	SigTagOpenPGP         Tag = 278  // base64 OpenPGP signatures over the main header (rpm 6)
	SigTagSize            Tag = 1000 // bytes in main header and payload
	SigTagPGP             Tag = 1002 // OpenPGP signature over main header and payload, RSA
	SigTagMD5             Tag = 1004 // digest of main header and payload
	SigTagGPG             Tag = 1005 // OpenPGP signature over main header and payload, any algorithm but RSA
	SigTagPayloadSize     Tag = 1007 // bytes in the uncompressed payload
	SigTagReservedSpace   Tag = 1008 // room for signatures to come
)

// Tags of the main header: the package.
const (
	TagHeaderI18NTable   Tag = 100
	TagName              Tag = 1000
	TagVersion           Tag = 1001
	TagRelease           Tag = 1002
	TagEpoch             Tag = 1003
	TagSummary           Tag = 1004
	TagDescription       Tag = 1005
	TagBuildTime         Tag = 1006
	TagBuildHost         Tag = 1007
	TagSize              Tag = 1009
	TagDistribution      Tag = 1010
	TagVendor            Tag = 1011
	TagLicense           Tag = 1014
	TagPackager          Tag = 1015
	TagGroup             Tag = 1016
	TagSource            Tag = 1018
	TagPatch             Tag = 1019
	TagURL               Tag = 1020
	TagOS                Tag = 1021
	TagArch              Tag = 1022
	TagSourceRPM         Tag = 1044
	TagArchiveSize       Tag = 1046
	TagNoSource          Tag = 1051
	TagNoPatch           Tag = 1052
	TagExcludeArch       Tag = 1059
	TagExcludeOS         Tag = 1060
	TagExclusiveArch     Tag = 1061
	TagExclusiveOS       Tag = 1062
	TagRPMVersion        Tag = 1064
	TagChangelogTime     Tag = 1080
	TagChangelogName     Tag = 1081
	TagChangelogText     Tag = 1082
	TagBuildArchs        Tag = 1089
	TagCookie            Tag = 1094
	TagSourcePackage     Tag = 1106
	TagOptFlags          Tag = 1122
	TagDistURL           Tag = 1123
	TagPayloadFormat     Tag = 1124
	TagPayloadCompressor Tag = 1125
	TagPayloadFlags      Tag = 1126
	TagPlatform          Tag = 1132
	TagSourcePkgID       Tag = 1146
	TagLongSize          Tag = 5009
	TagLongArchiveSize   Tag = 271 // numbered as in the signature header
	TagBugURL            Tag = 5012
	TagEncoding          Tag = 5062
	TagPayloadDigest     Tag = 5092
	TagPayloadDigestAlgo Tag = 5093
	TagModularityLabel   Tag = 5096
	TagPayloadDigestAlt  Tag = 5097
)

// Tags of the main header: scriptlets.
const (
	TagPreIn         Tag = 1023
	TagPostIn        Tag = 1024
	TagPreUn         Tag = 1025
	TagPostUn        Tag = 1026
	TagVerifyScript  Tag = 1079
	TagPreInProg     Tag = 1085
	TagPostInProg    Tag = 1086
	TagPreUnProg     Tag = 1087
	TagPostUnProg    Tag = 1088
	TagPreTrans      Tag = 1151
	TagPostTrans     Tag = 1152
	TagPreTransProg  Tag = 1153
	TagPostTransProg Tag = 1154
)

// Tags of the main header: one value per file, except that TagDirNames holds
// each directory once and TagDirIndexes points into it. Packages made before
// rpm 4 carry TagOldFilenames, with complete paths, in place of the three tags
// of split names.
const (
	TagOldFilenames    Tag = 1027
	TagFileSizes       Tag = 1028
	TagFileStates      Tag = 1029
	TagFileModes       Tag = 1030
	TagFileRDevs       Tag = 1033
	TagFileMTimes      Tag = 1034
	TagFileDigests     Tag = 1035
	TagFileLinkTos     Tag = 1036
	TagFileFlags       Tag = 1037
	TagFileUserName    Tag = 1039
	TagFileGroupName   Tag = 1040
	TagFileVerifyFlags Tag = 1045
	TagFileDevices     Tag = 1095
	TagFileInodes      Tag = 1096
	TagFileLangs       Tag = 1097
	TagDirIndexes      Tag = 1116
	TagBaseNames       Tag = 1117
	TagDirNames        Tag = 1118
	TagFileColors      Tag = 1140
	TagLongFileSizes   Tag = 5008
	TagFileCaps        Tag = 5010
	TagFileDigestAlgo  Tag = 5011
)

// Tags of the main header: dependencies, three parallel arrays for each kind.
const (
	TagProvideName       Tag = 1047
	TagProvideFlags      Tag = 1112
	TagProvideVersion    Tag = 1113
	TagRequireName       Tag = 1049
	TagRequireFlags      Tag = 1048
	TagRequireVersion    Tag = 1050
	TagConflictName      Tag = 1054
	TagConflictFlags     Tag = 1053
	TagConflictVersion   Tag = 1055
	TagObsoleteName      Tag = 1090
	TagObsoleteFlags     Tag = 1114
	TagObsoleteVersion   Tag = 1115
	TagRecommendName     Tag = 5046
	TagRecommendVersion  Tag = 5047
	TagRecommendFlags    Tag = 5048
	TagSuggestName       Tag = 5049
	TagSuggestVersion    Tag = 5050
	TagSuggestFlags      Tag = 5051
	TagSupplementName    Tag = 5052
	TagSupplementVersion Tag = 5053
	TagSupplementFlags   Tag = 5054
	TagEnhanceName       Tag = 5055
	TagEnhanceVersion    Tag = 5056
	TagEnhanceFlags      Tag = 5057

	TagOldSuggestsName    Tag = 1156
	TagOldSuggestsVersion Tag = 1157
	TagOldSuggestsFlags   Tag = 1158
	TagOldEnhancesName    Tag = 1159
	TagOldEnhancesVersion Tag = 1160
	TagOldEnhancesFlags   Tag = 1161

	TagTriggerScripts Tag = 1065
	TagTriggerName    Tag = 1066
	TagTriggerVersion Tag = 1067
	TagTriggerFlags   Tag = 1068
	TagTriggerIndex   Tag = 1069
)

// Type is the type of the values of an entry.
type Type uint32

// Types of values, with RPM's numbers.
const (
	TypeChar        Type = 1
	TypeInt8        Type = 2
	TypeInt16       Type = 3
	TypeInt32       Type = 4
	TypeInt64       Type = 5
	TypeString      Type = 6
	TypeBinary      Type = 7
	TypeStringArray Type = 8
	TypeI18NString  Type = 9
)

var typeNames = [...]string{
	TypeChar:        "char",
	TypeInt8:        "int8",
	TypeInt16:       "int16",
	TypeInt32:       "int32",
	TypeInt64:       "int64",
	TypeString:      "string",
	TypeBinary:      "binary",
	TypeStringArray: "string array",
	TypeI18NString:  "i18n string",
}

// String returns the name of the type, for example "string array"; an unknown
// type prints as its number.
func (t Type) String() string {
	if t.known() {
		return typeNames[t]
	}
	return "type " + strconv.FormatUint(uint64(t), 10)
}

func (t Type) known() bool { return t >= TypeChar && t <= TypeI18NString }

// width is the number of bytes of one value, or 0 for the string types.
func (t Type) width() int {
	switch t {
	case TypeChar, TypeInt8, TypeBinary:
		return 1
	case TypeInt16:
		return 2
	case TypeInt32:
		return 4
	case TypeInt64:
		return 8
	}
	return 0
}
