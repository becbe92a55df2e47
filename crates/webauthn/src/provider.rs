pub fn name(aaguid: &[u8; 16]) -> Option<&'static str> {
    let _ = aaguid;
    None
}
