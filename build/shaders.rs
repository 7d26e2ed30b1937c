pub fn build() -> Result<(), Box<dyn std::error::Error>> {
    Ok(())
}
