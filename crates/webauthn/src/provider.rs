//! The names under which people know the makers of their passkeys. For display only: with attestation `none` nobody
//! vouches for an AAGUID, so nothing may be decided by one.
//!
//! Source of every row: the community list of passkey provider AAGUIDs
//! (github.com/passkeydeveloper/passkey-authenticator-aaguids), as on 2026-11-25; the Yubico rows stand there as taken
//! from the metadata service of the FIDO Alliance.

pub fn name(aaguid: &[u8; 16]) -> Option<&'static str> {
    Some(match u128::from_be_bytes(*aaguid) {
        0xfbfc3007_154e_4ecc_8c0b_6e020557d7bd => "Apple Passwords",
        0xdd4ec289_e01d_41c9_bb89_70fa845d4bf2 => "iCloud Keychain (Managed)",
        0xea9b8d66_4d01_1d21_3ce4_b6b48cb575d4 => "Google Password Manager",
        0xadce0002_35bc_c60a_648b_0b25f1f05503 => "Chrome on Mac",
        0x771b48fd_d3d4_4f74_9232_fc157ab0507a => "Edge on Mac",
        0xd3452668_01fd_4c12_926c_83a4204853aa => "Microsoft Password Manager",
        // The three ways in which Windows keeps its keys: in hardware, in VBS, in software.
        0x08987058_cadc_4b81_b6e1_30de50dcbe96
        | 0x9ddd1817_af5a_4672_a2b9_3e3dd95000a9
        | 0x6028b017_b1d4_4c02_b4b3_afcdafc96bb2 => "Windows Hello",
        0x53414d53_554e_4700_0000_000000000000 => "Samsung Pass",
        0xbada5566_a7aa_401f_bd96_45619a55120d => "1Password",
        0xd548826e_79b4_db40_a3d8_11116f7e8349 => "Bitwarden",
        0x531126d6_e717_415c_9320_3d9aa6981239 => "Dashlane",
        0xf3809540_7f14_49c1_a8b3_8f813b225541 => "Enpass",
        0xfdb141b2_5d84_443e_8a35_4698c205a502 => "KeePassXC",
        0x0ea242b4_43c4_4a1b_8b17_dd6d0b6baec6 => "Keeper",
        0xb78a0a55_6ef8_d246_a042_ba0f6d55050c => "LastPass",
        0xb84e4048_15dc_4dd0_8640_f4f60813c8af => "NordPass",
        0x50726f74_6f6e_5061_7373_50726f746f6e => "Proton Pass",
        0x2fc0579f_8113_47ea_b116_bb5a8db9202a => "YubiKey 5 Series with NFC",
        0xee882879_721c_4913_9775_3dfcce97072a => "YubiKey 5 Series",
        0xb92c3f9a_c014_4056_887f_140a2501163b => "Security Key by Yubico",
        0x6d44ba9b_f6ec_2e49_b930_0c8fe920cb73 => "Security Key by Yubico with NFC",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_makers_have_names_and_others_have_none() {
        // This one spells its maker's name in ASCII.
        assert_eq!(name(b"ProtonPassProton"), Some("Proton Pass"));
        let hello = *b"\x08\x98\x70\x58\xca\xdc\x4b\x81\xb6\xe1\x30\xde\x50\xdc\xbe\x96";
        assert_eq!(name(&hello), Some("Windows Hello"));
        assert_eq!((name(&[0; 16]), name(&[7; 16])), (None, None));
    }
}
