using '../infra/main.bicep'

param name = 'merge-warden'
param serviceBusHostName = 'sb-breakwater.servicebus.windows.net'
param queueName = 'bot-merge-warden'
param archiveBlobEndpoint = 'https://stbreakwater.blob.core.windows.net/'
param breakwaterResourceGroup = 'rg-breakwater'
