"""What a schedule needs: the server, its worker, runs that were lost, what a run says of itself."""
