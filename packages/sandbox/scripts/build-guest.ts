// Placeholder until the guest runtime lands.
